/** From the names of a policy to deployments, each deployment made once per revision. Problems are gathered, not thrown. */
import { isVendorId, nameKey, VENDOR_IDS, type Candidate, type Catalog } from '@skein/catalog';
import type { NamedModel, PolicyDocument, PolicyProblem } from '@skein/contracts/router';
import { deploymentOf, type Deployment } from './deployment.js';
import { pinned } from './operators-catalog.js';

/** A name of the policy, resolved: the deployment and what its caller should be told. */
export interface Listed {
  readonly deployment: Deployment;
  readonly notices: readonly string[];
}

export class NameResolver {
  readonly problems: PolicyProblem[] = [];
  readonly #catalog: Catalog;
  readonly #policy: PolicyDocument;
  readonly #deployments = new Map<string, Deployment>();

  constructor(catalog: Catalog, policy: PolicyDocument) {
    this.#catalog = catalog;
    this.#policy = policy;
  }

  get deployments(): ReadonlyMap<string, Deployment> {
    return this.#deployments;
  }

  /** The one deployment of its id in this revision. */
  intern(candidate: Candidate): Deployment {
    const id = `${candidate.vendor}/${candidate.model}`;
    let deployment = this.#deployments.get(id);
    if (deployment === undefined) {
      deployment = deploymentOf(candidate, this.#catalog.termsOf(candidate.vendor, candidate.record));
      this.#deployments.set(id, deployment);
    }
    return deployment;
  }

  list(names: readonly string[], path: string): readonly Listed[] {
    return withoutRepeats(names.flatMap((name, index) => this.entry(name, `${path}.${index}`)));
  }

  /** A model or pool of the policy's own, else what the catalogue makes of the name. */
  entry(name: string, path: string): readonly Listed[] {
    const { models, pools } = this.#policy;
    const pool = Object.entries(pools).find(([own]) => nameKey(own) === nameKey(name))?.[1];
    if (pool !== undefined)
      return this.list(
        pool.models.filter((member) => nameKey(member) !== nameKey(name)),
        path,
      );
    const named = Object.entries(models).find(([own]) => nameKey(own) === nameKey(name))?.[1];
    if (named !== undefined && nameKey(named.name) !== nameKey(name)) return this.named(named, path);
    return this.#fromCatalog(name, path);
  }

  /** A model with its provider. Where that vendor does not serve it, the provider is taken for a protocol. */
  named({ name, provider }: NamedModel, path: string): readonly Listed[] {
    if (provider === undefined || name.includes('/')) return this.#fromCatalog(name, path);
    if (!isVendorId(provider)) {
      this.#problem('error', `${path}.provider`, `"${provider}" is no vendor; known are ${VENDOR_IDS.join(', ')}`);
      return [];
    }
    const resolution = this.#catalog.resolve(name);
    const served = 'candidates' in resolution ? resolution.candidates : [];
    const own = served.find(({ vendor }) => vendor === provider);
    if (own !== undefined) return [this.#listed(own, null)];
    const record = this.#catalog.recordOf(provider, name);
    if (record !== null || served.length === 0) {
      if (record === null)
        this.#problem('warning', path, `${provider}/${name} is not in the catalogue; its price is unknown`);
      return [this.#listed({ vendor: provider, model: name, record }, null)];
    }
    const names = served.map(({ vendor, model }) => `${vendor}/${model}`).join(', ');
    this.#problem(
      'warning',
      path,
      `${provider} does not serve "${name}"; it is taken for the protocol, and goes to ${names}`,
    );
    return served.map((candidate) => this.#listed(candidate, null));
  }

  #fromCatalog(name: string, path: string): readonly Listed[] {
    const resolution = this.#catalog.resolve(name);
    switch (resolution.kind) {
      case 'unknown-vendor':
        this.#problem('error', path, `"${name}" names an unknown vendor "${resolution.vendor}"`);
        return [];
      case 'unknown-model':
        this.#problem('error', path, `"${name}" is in no catalogue; write vendor/model to use it all the same`);
        return [];
      case 'explicit':
      case 'alias':
      case 'bare':
        if (resolution.notice !== null) this.#problem('warning', path, resolution.notice);
        return resolution.candidates.map((candidate) => this.#listed(candidate, resolution.notice));
    }
  }

  #listed(candidate: Candidate, notice: string | null): Listed {
    const sent = pinned(candidate, this.#policy.pins, this.#catalog);
    return { deployment: this.intern(sent), notices: notice === null ? [] : [notice] };
  }

  #problem(severity: PolicyProblem['severity'], path: string, message: string): void {
    this.problems.push({ path, message, severity });
  }
}

export function withoutRepeats(listed: readonly Listed[]): readonly Listed[] {
  const seen = new Set<string>();
  return listed.filter(({ deployment }) => !seen.has(deployment.id) && seen.add(deployment.id));
}
