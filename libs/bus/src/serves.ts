import { Ctx, MessagePattern, Payload } from '@nestjs/microservices';
import type { Rpc } from '@skein/contracts/make';

/**
 * Marks the method that answers a contract. The argument is the contract itself, so "find references" shows who speaks and
 * who answers. The method takes `(request, context: ServedContext)` and returns the reply or throws `SkeinError`.
 */
export function Serves<Request, Reply>(contract: Rpc<Request, Reply>): MethodDecorator {
  return (target, method, descriptor) => {
    MessagePattern(contract.subject, { contract })(target, method, descriptor);
    // Nest hands over the payload alone unless it is told of the second argument.
    Payload()(target, method, 0);
    Ctx()(target, method, 1);
  };
}
