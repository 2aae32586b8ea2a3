/**
 * Which nodes a queued graph was made from, and what reached them then.
 *
 * ComfyUI's page passes the outputs of a run to the nodes that have its ids at that moment: after a change of workflows these
 * may be other nodes, since copies of a workflow share their ids. Here an output goes to the node that was queued.
 *
 * @typedef {{node: any, key: string, upstream: string}} Queued A node when its graph was queued; `key` also names its graph.
 */

import { app } from "../../scripts/app.js";
import { api } from "../../scripts/api.js";
import { executionId, findNode, isOurs, rootGraph } from "./comfy_graph.js";
import { MOST_INPUTS } from "./explorer_inputs.js";
import { upstreamOf } from "./upstream.js";

const MOST = 64; // graphs that are remembered
const STORED = "latent_levers.runs"; // graphs that were queued before a reload of the page
const MOST_STORED = 8;

/** Widgets and inputs of a node that its outputs for the page do not depend on. */
const LEFT_OUT = { GANExplorer: ["state", ...Array.from({ length: MOST_INPUTS }, (_, index) => `pull_${index + 1}`)] };

/** @type {Map<string, Map<string, Queued>>} By the id of the run, then by that of the node. */
const runs = new Map();
/** @type {any[]} Outputs of runs whose ids the server has not told yet. */
let early = [];
let queueing = 0;
/** @type {Set<(queued: Queued, output: any) => any>} */
const listeners = new Set();

/** What reaches a node now. */
export function inputsOf(node) {
  return upstreamOf(node, rootGraph(), LEFT_OUT[node.comfyClass] ?? []);
}

/** A node's key over all workflows, and over all that may reach it; empty where that is not known. */
export function keyOf(node, upstream) {
  const id = upstream && executionId(node);
  return id && `${rootGraph()?.id ?? ""}/${id}/${upstream}`;
}

/**
 * Call a function with every output for the page of a node of this pack.
 * @param {(queued: Queued, output: any) => any} listener The node may no longer be on the page.
 */
export function onOutput(listener) {
  listeners.add(listener);
}

function readStored() {
  try {
    return JSON.parse(sessionStorage.getItem(STORED) ?? "{}");
  } catch {
    return {};
  }
}

function remember(run, queued) {
  runs.set(run, queued);
  if (runs.size > MOST) runs.delete(runs.keys().next().value);
  const keys = Object.fromEntries([...queued].map(([id, { key }]) => [id, key]));
  const stored = [...Object.entries(readStored()), [run, keys]].slice(-MOST_STORED);
  try {
    sessionStorage.setItem(STORED, JSON.stringify(Object.fromEntries(stored)));
  } catch {} // a page without storage forgets them on a reload
}

/** The node that was queued; after a reload, the one that is now what that was. */
function queuedNode(run, id) {
  const known = runs.get(run);
  if (known) return known.get(id);
  const key = readStored()[run]?.[id];
  const node = key && findNode(id);
  const upstream = node ? inputsOf(node) : "";
  return upstream && keyOf(node, upstream) === key ? { node, key, upstream } : undefined;
}

/** Pass an output on to the listeners. */
function deliver(run, id, output) {
  const queued = queuedNode(run, id);
  if (queued) listeners.forEach((listener) => listener(queued, output));
}

function onExecuted({ detail }) {
  if (!detail?.output) return;
  if (!runs.has(detail.prompt_id) && queueing) early.push(detail);
  else deliver(detail.prompt_id, String(detail.display_node ?? detail.node), detail.output);
}

/** Our nodes of a graph that is being queued. */
function nodesOf(prompt) {
  const found = new Map();
  for (const id of Object.keys(prompt ?? {})) {
    const node = findNode(id);
    if (!isOurs(node)) continue;
    const upstream = inputsOf(node);
    found.set(id, { node, upstream, key: keyOf(node, upstream) });
  }
  return found;
}

/** Remember what the page queues. */
function follow() {
  const queuePrompt = api.queuePrompt;
  api.queuePrompt = async function (number, graph, ...rest) {
    const queued = nodesOf(graph?.output); // now: the page changes seeds once the graph is queued
    queueing += 1;
    try {
      const answer = await queuePrompt.call(this, number, graph, ...rest);
      if (answer?.prompt_id) remember(answer.prompt_id, queued);
      return answer;
    } finally {
      queueing -= 1;
      const waiting = early;
      early = [];
      waiting.forEach((detail) => onExecuted({ detail }));
    }
  };
  api.addEventListener("executed", onExecuted);
}

/** A graph without the nodes that one of them does not need. */
function upTo(id, prompt) {
  const needed = {};
  const add = (each) => {
    if (each in needed || !prompt[each]) return;
    needed[each] = prompt[each];
    for (const value of Object.values(prompt[each].inputs)) if (Array.isArray(value)) add(String(value[0]));
  };
  add(id);
  return needed;
}

/** What ComfyUI says of a graph that it refuses, in one line. */
function refusal(error) {
  const { node_errors = {}, error: whole } = error?.response ?? {};
  const lines = Object.values(node_errors).flatMap(({ class_type, errors }) => errors.map(({ message, details }) => `${class_type}: ${message}. ${details ?? ""}`));
  return (lines[0] ?? whole?.message ?? error?.message ?? String(error)).trim();
}

/**
 * Run the graph up to a node and no further. Unlike a run of the page, it leaves the seeds as they are.
 * @returns {Promise<{run: string, problem: string}>} `problem`: why it could not be queued.
 */
export async function runUpTo(node) {
  try {
    const { output, workflow } = await app.graphToPrompt();
    const id = executionId(node);
    if (!output[id]) return { run: "", problem: "This node is muted or bypassed, so it does not run." };
    const { prompt_id } = await api.queuePrompt(0, { output: upTo(id, output), workflow });
    return { run: prompt_id, problem: "" };
  } catch (error) {
    return { run: "", problem: refusal(error) };
  }
}

/** Whether a run waits or goes on. */
export async function isQueued(run) {
  const queue = await api.fetchApi("/queue").then((response) => response.json(), () => ({}));
  const all = [...(queue.queue_running ?? []), ...(queue.queue_pending ?? [])];
  return !queue.queue_running || all.some((each) => each[1] === run);
}

/** Ask for the output of a run whose message did not arrive. Returns why it failed, as far as ComfyUI says so. */
export async function recover(run, node) {
  const history = await api.fetchApi(`/history/${run}`).then((response) => response.json(), () => ({}));
  const id = executionId(node);
  const { outputs = {}, status = {} } = history?.[run] ?? {};
  if (outputs[id]) deliver(run, id, outputs[id]);
  const failed = (status.messages ?? []).find((message) => message[0] === "execution_error")?.[1]; // texts in one fork
  return failed ? `${failed.node_type}: ${String(failed.exception_message).trim()}` : "";
}

app.registerExtension({ name: "latentlevers.Runs", setup: follow });
