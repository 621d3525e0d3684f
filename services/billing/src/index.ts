import { defineRoom } from '@skein/boot';
import { BillingModule } from './billing.module.js';
import { billingSettings } from './settings.js';

export const billingRoom = defineRoom({ name: 'billing', settings: billingSettings, module: BillingModule });
