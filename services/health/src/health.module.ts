import { Module } from '@nestjs/common';
import { DriftWatch } from './drift-watch.js';
import { HealthWatch } from './health-watch.js';

@Module({ providers: [HealthWatch, DriftWatch] })
export class HealthModule {}
