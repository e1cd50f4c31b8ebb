// Drives Mux's official SDK (@mux/mux-node), one step an invocation:
//
//   node sdk.js cut STREAM      ends the live stream, makes a clip, finds it in the list; prints the clip's id
//   node sdk.js ready ASSET     the asset is ready and can be played; prints its duration in seconds
//   node sdk.js unwrap          unwraps the webhook on its input, {headers, body}; prints its type
//   node sdk.js sign            prints a webhook, {headers, body}, signed as Mux's guide on verifying webhooks says
//
// The SDK reads MUX_BASE_URL, MUX_TOKEN_ID, MUX_TOKEN_SECRET and MUX_WEBHOOK_SECRET by itself.
"use strict";

const assert = require("node:assert/strict");
const { createHmac } = require("node:crypto");
const { readFileSync } = require("node:fs");
const Mux = require("@mux/mux-node");

const mux = new Mux({ maxRetries: 0 });
const { liveStreams, assets } = mux.video;

const steps = {
  async cut(stream) {
    const before = await liveStreams.retrieve(stream);
    assert.equal(before.status, "active");
    const source = before.active_asset_id;
    await liveStreams.complete(stream);
    const after = await liveStreams.retrieve(stream);
    assert.equal(after.status, "idle");
    assert.equal(after.active_asset_id, undefined);
    assert.equal(after.recent_asset_ids.at(-1), source);

    const clip = await assets.create({
      inputs: [{ url: `mux://assets/${source}`, start_time: 30, end_time: 120.5 }],
      playback_policies: ["signed"],
      passthrough: "by-the-sdk",
    });
    assert.equal(clip.source_asset_id, source);
    const all = [source, clip.id].toSorted();
    const byCursor = [];
    for await (const asset of assets.list({ limit: 1 })) byCursor.push(asset.id);
    assert.deepEqual(byCursor.toSorted(), all);
    const byPage = [];
    for (let page = 1; page <= 3; page++) {
      const { data } = await assets.list({ limit: 1, page });
      byPage.push(...data.map((asset) => asset.id));
    }
    assert.deepEqual(byPage.toSorted(), all);
    return clip.id;
  },

  async ready(id) {
    const asset = await assets.retrieve(id);
    assert.equal(asset.status, "ready");
    assert.deepEqual(
      asset.playback_ids.map(({ policy }) => policy),
      ["signed"],
    );
    return String(asset.duration);
  },

  async unwrap() {
    const { headers, body } = JSON.parse(readFileSync(0, "utf8"));
    const { type } = await mux.webhooks.unwrap(body, headers);
    // An oracle that takes anything is none.
    await assert.rejects(mux.webhooks.verifySignature(`${body} `, headers));
    return type;
  },

  async sign() {
    const at = Math.floor(Date.now() / 1000);
    const body = JSON.stringify({ type: "video.asset.ready", data: { id: "asset-of-node", status: "ready" } });
    const v1 = createHmac("sha256", process.env.MUX_WEBHOOK_SECRET).update(`${at}.${body}`).digest("hex");
    const headers = { "mux-signature": `t=${at},v1=${v1}` };
    await mux.webhooks.verifySignature(body, headers);
    return JSON.stringify({ headers, body });
  },
};

const [step, ...of] = process.argv.slice(2);
steps[step](...of).then(console.log, (error) => {
  console.error(error);
  process.exitCode = 1;
});
