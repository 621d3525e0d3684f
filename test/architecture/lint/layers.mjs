/** Who may import whom, by tags: the one table that the lint rule and the boundaries spec both read. */
export const layers = {
  'layer:contract': ['layer:contract'],
  'layer:base': ['layer:contract'],
  'layer:adapter': ['layer:contract', 'layer:base'],
  'layer:boot': ['layer:contract', 'layer:base', 'layer:adapter'],
  'layer:kit': ['layer:contract', 'layer:base', 'layer:boot', 'lib:bus'],
  'layer:service': ['layer:contract', 'layer:base', 'layer:adapter', 'layer:boot', 'layer:kit'],
  'layer:composition': ['layer:contract', 'layer:base', 'layer:adapter', 'layer:boot', 'layer:kit', 'layer:service'],
  'layer:client': ['layer:contract'],
  'layer:test': ['layer:contract', 'layer:base', 'layer:adapter', 'layer:boot', 'layer:test'],
};

/** What a tag may not reach although its layer may: a room is not a worker, and a worker keeps nothing. */
export const exceptions = {
  'room:*': ['layer:kit'],
  'kind:provider': ['lib:store', 'lib:queue', 'lib:limits'],
};

/** What specs and `test/` folders may import beyond their own layer. */
export const forTests = ['layer:test', 'layer:base'];
