import { Controller, Inject } from '@nestjs/common';
import { Serves } from '@skein/bus';
import { SkeinError } from '@skein/contracts/errors';
import {
  CheckWorkflow,
  DefineWorkflow,
  GetWorkflow,
  ListWorkflows,
  type WorkflowView,
} from '@skein/contracts/workflows';
import type { z } from 'zod';
import { problemsOf } from './definition/compile.js';
import { readSource, refuseDefinition } from './definition/read-source.js';
import { WorkflowsRepository, type KeptWorkflow } from './workflows.repository.js';

/** Names that are paths of the API. */
const reservedNames = new Set(['runs', 'check', 'schema']);

/** Definitions: checked, versioned, shown. */
@Controller()
export class WorkflowsController {
  constructor(@Inject(WorkflowsRepository) private readonly workflows: WorkflowsRepository) {}

  @Serves(CheckWorkflow)
  check({ source }: z.infer<typeof CheckWorkflow.request>): z.infer<typeof CheckWorkflow.reply> {
    const { definition, problems } = readSource(source);
    return { problems: definition === null ? [...problems] : [...problemsOf(definition)] };
  }

  @Serves(DefineWorkflow)
  async define({
    caller,
    name: given,
    source,
  }: z.infer<typeof DefineWorkflow.request>): Promise<z.infer<typeof DefineWorkflow.reply>> {
    const read = readSource(source);
    if (read.definition === null) throw refuseDefinition(read.problems);
    const problems = problemsOf(read.definition);
    if (problems.length > 0) throw refuseDefinition(problems);
    const name = given ?? read.definition.name;
    if (name === undefined) throw new SkeinError('invalid_request', 'The workflow has no name', { param: 'name' });
    if (reservedNames.has(name) || !/^[A-Za-z][A-Za-z0-9_-]{0,63}$/.test(name)) {
      throw new SkeinError('invalid_request', `A workflow cannot be named "${name}"`, { param: 'name' });
    }
    const { workflow, created } = await this.workflows.define(caller.tenant, name, { ...read.definition, name });
    return { workflow: toView(workflow), created };
  }

  @Serves(GetWorkflow)
  async get({ tenant, name, version }: z.infer<typeof GetWorkflow.request>): Promise<WorkflowView> {
    return toView(await this.workflows.get(tenant, name, version));
  }

  @Serves(ListWorkflows)
  async list({ tenant, name }: z.infer<typeof ListWorkflows.request>): Promise<z.infer<typeof ListWorkflows.reply>> {
    return { workflows: (await this.workflows.list(tenant, name)).map(toView) };
  }
}

function toView({ name, version, revision, definition, createdAt }: KeptWorkflow): WorkflowView {
  return {
    name,
    object: 'workflow',
    version,
    revision,
    description: definition.description ?? null,
    definition,
    created_at: createdAt.toISOString(),
  };
}
