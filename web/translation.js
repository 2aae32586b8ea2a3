/**
 * Texts of the widgets in the language of ComfyUI's page.
 *
 * Widgets are written in English. Their texts are replaced by those of `locales/<language>/main.json`, at once and whenever
 * they change. A text without a translation stays in English.
 */

import { app } from "../../scripts/app.js";
import { api } from "../../scripts/api.js";

const ATTRIBUTES = ["title", "aria-label", "placeholder"];
const UNTRANSLATED = "style, script, textarea";

/** @type {Record<string, string>} Translations by their English text. */
let translations = {};

/** @type {Record<string, string>} The English texts by their keys. */
let english = {};

/** Fetch the translations of the page's language; English needs none. */
async function load() {
  const locale = String(app.extensionManager?.setting?.get?.("Comfy.Locale") ?? "en");
  if (locale.startsWith("en")) return;
  const answer = await api.fetchApi("/i18n");
  if (!answer.ok) return;
  const all = await answer.json();
  translations = all[locale]?.latentLevers ?? {};
  english = all.en?.latentLevers ?? {};
}

/**
 * A long text in the page's language, such as the note of a template.
 *
 * @param {string} text In English; its first line is its key.
 * @returns {string} The text itself where it was changed by somebody, or has no translation.
 */
export function translatedText(text) {
  const [key] = text.split("\n");
  return english[key] === text ? (translations[key] ?? text) : text;
}

/** @param {Node} node A text, or an element with its children. */
function translateNode(node) {
  if (node.nodeType === Node.TEXT_NODE) {
    const translated = translations[node.nodeValue.trim()];
    if (translated && !node.parentElement?.matches(UNTRANSLATED)) node.nodeValue = translated;
  } else if (node.nodeType === Node.ELEMENT_NODE) {
    for (const name of ATTRIBUTES) {
      const translated = translations[node.getAttribute(name)];
      if (translated) node.setAttribute(name, translated);
    }
    node.childNodes.forEach(translateNode);
  }
}

/**
 * Translate a widget into the page's language, now and whenever it changes.
 *
 * @param {HTMLElement} element The widget's element.
 */
export function translate(element) {
  if (!Object.keys(translations).length) return;
  translateNode(element);
  const update = (changes) => changes.forEach(({ target, addedNodes }) => [target, ...addedNodes].forEach(translateNode));
  new MutationObserver(update).observe(element, {
    subtree: true,
    childList: true,
    characterData: true,
    attributes: true,
    attributeFilter: ATTRIBUTES,
  });
}

app.registerExtension({ name: "latentlevers.Words", init: load });
