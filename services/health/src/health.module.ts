import { Module } from '@nestjs/common';
import { HealthWatch } from './health-watch.js';

@Module({ providers: [HealthWatch] })
export class HealthModule {}
