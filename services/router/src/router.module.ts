import { Module } from '@nestjs/common';
import { RouterController } from './router.controller.js';
import { RouterViews } from './router-views.js';

@Module({ controllers: [RouterController], providers: [RouterViews] })
export class RouterModule {}
