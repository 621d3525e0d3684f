import type { Lifecycle } from '@skein/boot';
import type { Bus } from '@skein/bus';
import type { SettingsOf } from '@skein/config';
import { observableGauge } from '@skein/telemetry';
import type { gatewaySettings } from '../settings.js';
import { DoorQueue } from './door-queue.js';

/** The door of this gateway, with what it holds told to metrics and to `$SRV.STATS`. */
export function openDoor(settings: SettingsOf<typeof gatewaySettings>, bus: Bus, lifecycle: Lifecycle): DoorQueue {
  const door = new DoorQueue(
    {
      inFlight: settings.GATEWAY_MAX_IN_FLIGHT,
      waiting: settings.GATEWAY_MAX_WAITING,
      waitMs: settings.GATEWAY_MAX_WAIT_MS,
      bodyBytes: settings.GATEWAY_MAX_BODY_BYTES_HELD,
    },
    () => performance.now(),
  );
  bus.tellStats('gateway', () => ({ in_flight: door.inFlight, waiting: door.waiting }));
  lifecycle.onClose(
    observableGauge('skein_gateway_requests', 'Requests under way and waiting at the door', () => [
      { value: door.inFlight, labels: { state: 'in_flight' } },
      { value: door.waiting, labels: { state: 'waiting' } },
    ]),
  );
  return door;
}
