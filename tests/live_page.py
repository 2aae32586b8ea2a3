"""A session of GANExplorer's page in Node.js."""

from __future__ import annotations

PAGE = """
import { ExplorerClient } from "./explorer_client.js";
import { ExplorerSession } from "./explorer_session.js";
import { headline, notice } from "./explorer_notice.js";
import { hold, original, pin, pullLever, readState } from "./explorer_state.js";
const sent = [], changes = [], waiting = [];
const send = (path, { body, signal }) => {
  const kind = path.split("/").at(-1);
  const given = JSON.parse(body);
  sent.push([kind, given]);
  return new Promise((take, refuse) => {
    signal?.addEventListener("abort", () => refuse(new Error("aborted")));
    waiting.push({ kind, take });
  });
};
const next = async () => {
  for (let i = 0; i < 5; i++) await new Promise((go) => setImmediate(go));
};
const reply = async (kind, status, content) => {
  const at = waiting.findIndex((each) => each.kind === kind);
  const [{ take }] = waiting.splice(at, 1);
  take({ status, ok: status === 200, json: async () => content, blob: async () => content });
  await next();
};
const client = new ExplorerClient(send, () => "me");
let pauses = [];
const pause = () => new Promise((go) => pauses.push(go));
const onChange = (what) => changes.push(what);
const decode = async (blob) => `decoded ${blob}`;
const live = new ExplorerSession(client, { onChange, decode, pause });
const seen = [];
const see = (name) => {
  const over = notice(live, {})?.title ?? null;
  const { phase, visible } = live;
  const { words: line, part } = headline(live, false);
  const { key, outdated, found } = live;
  const asked = sent.splice(0);
  seen.push({ name, phase, visible, line, part, over, key, outdated, found, sent: asked });
};
let { state } = readState("");
"""
"""A session without a page, whose answers are given by hand."""
