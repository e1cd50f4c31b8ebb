// Where a provider's official document and its service of today are known to differ.
//
// Each entry mends the copy of the document that Prism serves, never the file: `mend` says whether there was something to
// mend, since a newer document may have caught up. What is named here is all that is forgiven; any other difference
// is a violation, and a name that the document doesn't have is one (see `close` in prism.js).
"use strict";

/** Renames a property, where the schema has just the old name. */
function rename(schema, from, to) {
  if (!(from in schema.properties) || to in schema.properties) return false;
  schema.properties[to] = schema.properties[from];
  delete schema.properties[from];
  return true;
}

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

/** Adds a property, where the schema hasn't got it. */
function add(schema, name, property) {
  if (name in schema.properties) return false;
  schema.properties[name] = property;
  return true;
}

/** Adds a parameter to a query, where the operation hasn't got it. */
function addQuery({ parameters }, name) {
  if (parameters.some((parameter) => parameter.name === name)) return false;
  parameters.push({ name, in: "query", required: false, schema: { type: "string" } });
  return true;
}

const newAsset = (document) => document.components.schemas.CreateAssetRequest;

exports.drift = {
  mux: [
    {
      // Mux's Node SDK: `AssetCreateParams` has `inputs`, and `input` as deprecated.
      name: "`input` of a new asset is `inputs` by now",
      mend: (document) => rename(newAsset(document), "input", "inputs"),
    },
    {
      // Mux's Node SDK: `AssetCreateParams` has `playback_policies`, and `playback_policy` as deprecated.
      name: "`playback_policy` of a new asset is `playback_policies` by now",
      mend: (document) => rename(newAsset(document), "playback_policy", "playback_policies"),
    },
    {
      // Mux's changelog of 2025-04-29, and its Node SDK: `AssetListParams` has `cursor`.
      name: "the list of assets takes a `cursor` by now",
      mend: ({ paths }) => addQuery(paths["/video/v1/assets"].get, "cursor"),
    },
    {
      // The same. It is null on the last page, or isn't there: the SDK takes either for the end.
      name: "the list of assets has a `next_cursor` by now",
      mend: ({ components: { schemas } }) =>
        add(schemas.ListAssetsResponse, "next_cursor", { type: ["string", "null"] }),
    },
  ],
  gcore: [
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
  ],
};
