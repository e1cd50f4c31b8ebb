// Where MediaMTX's documents and its server of today differ: see `tests/oracles/README.md`.
"use strict";

exports.drift = [
  {
    // Not a difference, but two words of which Prism understands `allOf` alone, and not `nullable` beside it.
    name: "a source that may be null is one by two words",
    mend({ components: { schemas } }) {
      const own = schemas.Path?.properties;
      if (!own?.source?.allOf || !own.source.nullable) return false;
      own.source = { ...schemas.PathSource, nullable: true };
      return true;
    },
  },
];
