import { Server, type CustomTransportStrategy, type MessageHandler } from '@nestjs/microservices';
import { firstValueFrom, isObservable } from 'rxjs';
import type { ServedMethod } from './serves.js';
import type { Bus, Handler, ServedContext } from './types.js';

/** Gives the instance of a class, as a Nest application does. */
export type GetInstance = (type: ServedMethod['owner']) => object;

/** Metadata of Nest by which a class or method asks for more than a call: then Nest's own way is gone. */
const ENHANCERS = ['__guards__', '__interceptors__', '__pipes__', '__exceptionFilters__'];

/**
 * Nest's way onto the bus: `@Serves(Contract)` methods become plain handlers. A method without guards, pipes, interceptors or
 * filters of its own is called as it is: Nest's proxies around it cost more than most handlers do, and would do nothing.
 */
export class BusStrategy extends Server implements CustomTransportStrategy {
  #instanceOf: GetInstance | undefined;

  constructor(
    private readonly bus: Bus,
    private readonly room: string,
  ) {
    super();
  }

  /** Where instances are found; to be told before the application listens. */
  findInstances(instanceOf: GetInstance): void {
    this.#instanceOf = instanceOf;
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
    const served = handler.extras as Partial<ServedMethod> | undefined;
    const contract = served?.contract;
    if (contract === undefined) throw new Error(`a handler of ${this.room} names no contract: use @Serves(Contract)`);
    this.bus.serve(this.room, contract, this.#plainMethod(served as ServedMethod) ?? throughNest(handler));
  }

  #plainMethod({ owner, method }: ServedMethod): Handler<unknown, unknown> | null {
    const described = owner.prototype as Record<string | symbol, object>;
    const isEnhanced = ENHANCERS.some(
      (name) => Reflect.hasMetadata(name, owner) || Reflect.hasMetadata(name, described[method] ?? owner),
    );
    const instance = isEnhanced ? undefined : this.#instanceOf?.(owner);
    if (instance === undefined) return null;
    const call = (instance as Record<string | symbol, Handler<unknown, unknown>>)[method]?.bind(instance);
    if (call === undefined) return null;
    return (request, context) => {
      const result: unknown = call(request, context);
      return isObservable(result) ? firstValueFrom(result) : result;
    };
  }
}

function throughNest(handler: MessageHandler): Handler<unknown, unknown> {
  return async (request: unknown, context: ServedContext) => {
    const result: unknown = await handler(request, context);
    return isObservable(result) ? firstValueFrom(result) : result;
  };
}
