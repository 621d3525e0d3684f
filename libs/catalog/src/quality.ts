import { catalogTask } from './tasks.js';
import type { ModelRecord } from './model.js';

/** Quality 0–10 of a model for a task (any name of it): measured where it was, else overall, else null (unknown). */
export function qualityFor(record: ModelRecord, task: string): number | null {
  const canonical = catalogTask(task);
  return (canonical && record.quality_by_task[canonical]) ?? record.quality;
}
