import { Ctx, MessagePattern, Payload } from '@nestjs/microservices';
import type { Rpc } from '@skein/contracts/make';

/** What `@Serves` leaves with Nest for the bus to find. */
export interface ServedMethod {
  readonly contract: Rpc<unknown, unknown>;
  /** The class that has the method. */
  readonly owner: abstract new (...parts: never[]) => object;
  readonly method: string | symbol;
}

/**
 * Marks the method that answers a contract. The argument is the contract itself, so "find references" shows who speaks and
 * who answers. The method takes `(request, context: ServedContext)` and returns the reply or throws `SkeinError`.
 */
export function Serves<Request, Reply>(contract: Rpc<Request, Reply>): MethodDecorator {
  return (target, method, descriptor) => {
    const owner = target.constructor as ServedMethod['owner'];
    MessagePattern(contract.subject, { contract, owner, method })(target, method, descriptor);
    // Nest hands over the payload alone unless it is told of the second argument.
    Payload()(target, method, 0);
    Ctx()(target, method, 1);
  };
}
