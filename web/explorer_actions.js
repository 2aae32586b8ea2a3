/** What the view of GANExplorer calls, as changes of the state of its widget. Independent of the page. */

import { cropPhoto, dropCode, searchOf, setSearch, showInside } from "./explorer_photo_state.js";
import { takeRefined } from "./explorer_refining.js";
import * as states from "./explorer_state.js";

/**
 * @param {any} widget See `explorer_widget.js`.
 * @returns {import("./explorer_view.js").Actions}
 */
export function actionsOf(widget) {
  const lever = {
    pull: (index, percent) => widget.change(states.pullLever(widget.state, index, states.pullAt(widget.state.levers[index], percent))),
    mute: (index, on) => widget.change(states.mute(widget.state, index, on)),
    rename: (index, name) => widget.change(states.rename(widget.state, index, name)),
    layers: (index, text) => {
      const count = widget.session.info?.num_ws ?? 0;
      widget.session.problems.layers = states.layersProblem(text, count);
      widget.change(states.chooseLayers(widget.state, index, text, count));
    },
    input: (index, on) => widget.change(states.showInput(widget.state, index, on)),
    remove: (index) => widget.change(states.unpin(widget.state, index)),
  };
  const photo = {
    crop: (box) => widget.change(cropPhoto(widget.state, box)),
    set: (change) => widget.change(setSearch(widget.state, change)),
    find: () => widget.search.start(searchOf(widget.state)),
    cancel: () => widget.search.cancel(),
    recrop: () => widget.change(dropCode(widget.state), { levers: true }),
    inside: (on) => widget.change(showInside(widget.state, on)),
  };
  return {
    lever,
    photo,
    start: () => widget.start(),
    look: (image) => widget.change(states.showImage(widget.state, image, widget.session.info?.count ?? 1), { levers: true }),
    truncate: (psi, done) => widget.change(states.truncate(widget.state, psi), { levers: done }),
    hold: (on) => widget.change(states.hold(widget.state, on)),
    compare: (on) => widget.session.compare(on, widget.state),
    refine: () => widget.change(takeRefined(widget.state, widget.session.found)),
    release: () => widget.change(states.release(widget.state)),
    record: () => widget.recordMoves(),
    randomise: () => widget.change(states.randomise(widget.state)),
    preview: (found, pull) => widget.session.showPreview(found && states.pin(widget.state, found, pull), widget.state),
    choose: (found, pull) => widget.change(states.pin(widget.state, found, pull)),
    typeShapes: (text) => {
      widget.editor.load(text, true);
      if (!widget.editor.problem) widget.updateRegion();
    },
  };
}
