/** The page of `latent-levers explore`: the explorer over the whole window, started at once, and a button that saves. */

import { api } from "../scripts/api.js";
import { app } from "../scripts/app.js";
import { runUpTo } from "../extensions/latent_levers/graph_runs.js";
import { translate } from "../extensions/latent_levers/translation.js";
import "../extensions/latent_levers/explorer_widget.js";

document.documentElement.lang = app.extensionManager.setting.get("Comfy.Locale") === "zh" ? "zh" : "en";

const [title, message, save] = ["title", "message", "save"].map((id) => document.getElementById(id));

/** The session of the explorer. */
let session = "";

/** Say something in the bar; `wrong`: whether it is an error. */
function say(text, wrong = false) {
  message.textContent = text;
  message.classList.toggle("wrong", wrong);
}

api.addEventListener("executed", ({ detail }) => {
  const info = JSON.parse(detail.output.explorer[0]);
  session = info.session;
  title.textContent = title.title = info.title;
  save.disabled = false;
});

const node = await app.start(document.getElementById("explorer"));
save.textContent = "Save";
save.title = "Save all images, the levers, and a workflow for ComfyUI";
translate(document.querySelector("header"));

save.addEventListener("click", async () => {
  save.disabled = true;
  say("Saving");
  try {
    const { folder, path, remark } = await api.post("save", { session, ticket: Date.now(), state: JSON.parse(node.widgets[0].value) });
    say("Saved in");
    message.append(` ${folder}`, remark && `. ${remark}`);
    message.dataset.folder = message.title = path;
  } catch (error) {
    say(error.message, true);
  }
  save.disabled = false;
});

const { problem } = await runUpTo(node);
if (problem) say(problem, true);
