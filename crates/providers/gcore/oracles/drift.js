// Where Gcore's document and its service of today differ: see `tests/oracles/README.md`.
"use strict";

/** Lets every property whose default is null be null. */
function allowNull(schema) {
  if (schema === null || typeof schema !== "object") return false;
  let mended = false;
  if (schema.default === null && typeof schema.type === "string") {
    schema.type = [schema.type, "null"];
    if (schema.enum && !schema.enum.includes(null)) schema.enum.push(null);
    mended = true;
  }
  for (const part of Object.values(schema)) mended = allowNull(part) || mended;
  return mended;
}

exports.drift = [
  {
    // `finished_at_primary` and others: a type without null, a default of null, and null in the examples.
    name: "what is null by default has a type without null",
    mend: (document) => allowNull(document.components.schemas),
  },
  {
    // `stop_recording`: "Stream must be in \"recording: true\" state".
    name: "`recording` of a stream is in the prose alone",
    mend({ components: { schemas } }) {
      const own = schemas.stream.allOf.at(-1).properties;
      if ("recording" in own) return false;
      own.recording = { type: "boolean" };
      return true;
    },
  },
];
