// Seeds of nodes that are added by hand stay as they are after a run, so that what is saved is what was shown.
// A saved workflow has a choice of its own, which the page reads after this.

import { app } from "../../scripts/app.js";
import { isOurs } from "./comfy_graph.js";

app.registerExtension({
  name: "latentlevers.Seeds",
  nodeCreated(node) {
    if (!isOurs(node)) return;
    for (const widget of node.widgets ?? []) if (widget.name === "control_after_generate") widget.value = "fixed";
  },
});
