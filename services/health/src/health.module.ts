import { Module } from '@nestjs/common';
import { DriftWatch } from './drift-watch.js';
import { HealthController } from './health.controller.js';
import { HealthWatch } from './health-watch.js';
import { ProbeRound } from './probe-round.js';

@Module({ controllers: [HealthController], providers: [HealthWatch, ProbeRound, DriftWatch] })
export class HealthModule {}
