import { defineRoom } from '@skein/boot';
import { GatewayModule } from './gateway.module.js';
import { hostGateway } from './host.js';
import { gatewaySettings } from './settings.js';

/** The only customer door: HTTP and NATS. */
export const gatewayRoom = defineRoom({
  name: 'gateway',
  settings: gatewaySettings,
  module: GatewayModule,
  host: hostGateway,
});
