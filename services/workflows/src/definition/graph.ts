// The order of stages: pure graph questions over names and needs.

export interface Node {
  readonly name: string;
  readonly needs: readonly string[];
}

/** The nodes, each after what it needs, otherwise as they were written; or a cycle, as the names along it. */
export function inOrder<N extends Node>(nodes: readonly N[]): { order: readonly N[] } | { cycle: readonly string[] } {
  const byName = new Map(nodes.map((node) => [node.name, node]));
  const done = new Set<string>();
  const order: N[] = [];
  const path: string[] = [];
  const visit = (node: N): readonly string[] | null => {
    if (done.has(node.name)) return null;
    const begun = path.indexOf(node.name);
    if (begun >= 0) return [...path.slice(begun), node.name];
    path.push(node.name);
    for (const need of node.needs) {
      const next = byName.get(need);
      const cycle = next === undefined ? null : visit(next);
      if (cycle !== null) return cycle;
    }
    path.pop();
    done.add(node.name);
    order.push(node);
    return null;
  };
  for (const node of nodes) {
    const cycle = visit(node);
    if (cycle !== null) return { cycle };
  }
  return { order };
}

/** Everything the node stands on, itself left out. */
export function ancestorsOf(nodes: readonly Node[], name: string): ReadonlySet<string> {
  const byName = new Map(nodes.map((node) => [node.name, node]));
  const found = new Set<string>();
  const visit = (at: string): void => {
    for (const need of byName.get(at)?.needs ?? []) {
      if (found.has(need)) continue;
      found.add(need);
      visit(need);
    }
  };
  visit(name);
  return found;
}

/** What runs again when `check` sends the work back to `target`: both, and everything between them. */
export function between(nodes: readonly Node[], target: string, check: string): ReadonlySet<string> {
  const upstream = ancestorsOf(nodes, check);
  const names = nodes.map(({ name }) => name).filter((name) => upstream.has(name));
  const downstream = names.filter((name) => name === target || ancestorsOf(nodes, name).has(target));
  return new Set([...downstream, check]);
}
