// Notes of our templates in the page's language. Notes that somebody has changed stay as they are.

import { app } from "../../scripts/app.js";
import { translatedText } from "./translation.js";

app.registerExtension({
  name: "latentlevers.Notes",
  loadedGraphNode(node) {
    if (node.type !== "MarkdownNote") return;
    const [widget] = node.widgets ?? [];
    if (typeof widget?.value !== "string") return;
    const text = translatedText(widget.value);
    if (text !== widget.value) widget.value = text;
  },
});
