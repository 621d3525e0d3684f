/**
 * Nest's own NATS transport, as its documentation has it: a controller with a message pattern at one end, a client proxy at
 * the other. Decorators are called by hand, since the bench runs without a compiler.
 */
import 'reflect-metadata';
import { Controller, Module, type INestMicroservice } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import {
  ClientProxyFactory,
  MessagePattern,
  Transport,
  type ClientProxy,
  type NatsOptions,
} from '@nestjs/microservices';

export const NEST_SUBJECT = 'bench.nest-echo';

class EchoController {
  echo(data: { text: string }): { text: string } {
    return data;
  }
}
const method = Object.getOwnPropertyDescriptor(EchoController.prototype, 'echo');
if (method !== undefined) MessagePattern(NEST_SUBJECT)(EchoController.prototype, 'echo', method);
Controller()(EchoController);

class EchoModule {}
Module({ controllers: [EchoController] })(EchoModule);

export async function serveNestEcho(natsUrl: string): Promise<INestMicroservice> {
  const service = await NestFactory.createMicroservice(EchoModule, { ...optionsFor(natsUrl), logger: ['error'] });
  await service.listen();
  return service;
}

export async function connectNestClient(natsUrl: string): Promise<ClientProxy> {
  const client = ClientProxyFactory.create(optionsFor(natsUrl));
  await client.connect();
  return client;
}

function optionsFor(natsUrl: string): NatsOptions {
  const url = new URL(natsUrl);
  const options = { servers: [url.host], user: url.username, pass: decodeURIComponent(url.password) };
  return { transport: Transport.NATS, options };
}
