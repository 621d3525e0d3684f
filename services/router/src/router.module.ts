import { Module } from '@nestjs/common';
import { PoliciesController } from './policies.controller.js';
import { RouterController } from './router.controller.js';
import { RouterViews } from './router-views.js';

@Module({ controllers: [RouterController, PoliciesController], providers: [RouterViews] })
export class RouterModule {}
