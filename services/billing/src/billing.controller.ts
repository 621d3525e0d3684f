import { Controller, Inject } from '@nestjs/common';
import { Serves } from '@skein/bus';
import { ReportUsage } from '@skein/contracts/billing';
import type { z } from 'zod';
import { LedgerRepository } from './ledger/ledger.repository.js';

@Controller()
export class BillingController {
  constructor(@Inject(LedgerRepository) private readonly ledger: LedgerRepository) {}

  @Serves(ReportUsage)
  reportUsage(request: z.infer<typeof ReportUsage.request>): Promise<z.infer<typeof ReportUsage.reply>> {
    return this.ledger.reportUsage({ tenant: request.tenant, keyId: request.key_id, since: request.since });
  }
}
