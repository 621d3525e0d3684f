import { Module } from '@nestjs/common';
import { ClassifierController } from './classifier.controller.js';

@Module({ controllers: [ClassifierController] })
export class ClassifierModule {}
