// Where Mux's document and its service of today differ: see `tests/oracles/README.md`.
"use strict";

/** Renames a property, where the schema has just the old name. */
function rename(schema, from, to) {
  if (!(from in schema.properties) || to in schema.properties) return false;
  schema.properties[to] = schema.properties[from];
  delete schema.properties[from];
  return true;
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

exports.drift = [
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
];
