import { Server, type CustomTransportStrategy, type MessageHandler } from '@nestjs/microservices';
import type { Rpc } from '@skein/contracts/make';
import { firstValueFrom, isObservable } from 'rxjs';
import type { Bus, ServedContext } from './types.js';

/**
 * Nest's way onto the bus: `@Serves(Contract)` methods become plain handlers. A handler's promise is awaited as it is;
 * RxJS appears only where Nest itself wraps a thrown error.
 */
export class BusStrategy extends Server implements CustomTransportStrategy {
  constructor(
    private readonly bus: Bus,
    private readonly room: string,
  ) {
    super();
  }

  listen(callback: (error?: unknown) => void): void {
    try {
      for (const handler of this.messageHandlers.values()) this.#serve(handler);
      callback();
    } catch (error) {
      callback(error);
    }
  }

  /** The bus outlives the room: it is drained by the process, after all its rooms. */
  close(): void {
    this.messageHandlers.clear();
  }

  on(): never {
    throw new Error('the bus has no events of its own; watch the fleet instead');
  }

  unwrap<Client>(): Client {
    return this.bus as Client;
  }

  #serve(handler: MessageHandler): void {
    const contract = handler.extras?.['contract'] as Rpc<unknown, unknown> | undefined;
    if (contract === undefined) throw new Error(`a handler of ${this.room} names no contract: use @Serves(Contract)`);
    this.bus.serve(this.room, contract, async (request: unknown, context: ServedContext) => {
      const result: unknown = await handler(request, context);
      return isObservable(result) ? firstValueFrom(result) : result;
    });
  }
}
