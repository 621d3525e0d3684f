import { defineRoom } from '@skein/boot';
import { RouterModule } from './router.module.js';
import { routerSettings } from './settings.js';

export { decideRoute, type Situation } from './decide-route.js';

/** The room that decides where a request may go. */
export const routerRoom = defineRoom({ name: 'router', settings: routerSettings, module: RouterModule });
