import { Module } from '@nestjs/common';
import { OrchestratorController } from './orchestrator.controller.js';

@Module({ controllers: [OrchestratorController] })
export class OrchestratorModule {}
