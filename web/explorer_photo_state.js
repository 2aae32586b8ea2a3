/**
 * The photograph in the state of GANExplorer; core/explorer/photo_state.py reads it. Independent of the page. States are never
 * changed in place.
 *
 * @typedef {{of: string, matrix: number[], space: string, label?: number, vector: string, shape: number[], report: string}} FoundCode
 * @typedef {{box?: number[], space?: string, trust?: number, rough?: boolean, inside?: boolean, found?: FoundCode}} Photo
 * @typedef {import("./explorer_state.js").State & {photo?: Photo}} State
 */

/** Settings of a search that were not chosen. */
export const DEFAULTS = Object.freeze({ space: "W", trust: 0.5, rough: false });

/** The state with other settings of its photograph; those that are undefined are dropped. */
function withPhoto(state, change) {
  return { ...state, photo: JSON.parse(JSON.stringify({ ...state.photo, ...change })) };
}

/** The code of a photograph in a state: null where there is none, or it is of another one. */
export function foundIn(state, photo) {
  const found = state.photo?.found;
  return found && photo && found.of === photo.key ? found : null;
}

/** Whether a photograph is connected for which no code was found yet. */
export const lacksCode = (state, photo) => Boolean(photo) && !foundIn(state, photo);

/** How a code is searched for. */
export const searchOf = ({ photo }) => ({ ...DEFAULTS, ...photo, found: undefined, inside: undefined });

/** Draw the crop. */
export const cropPhoto = (state, box) => withPhoto(state, { box });

/** Change settings of the search. */
export const setSearch = (state, change) => withPhoto(state, change);

/** Keep the code that was found. */
export const keepCode = (state, found) => withPhoto(state, { found });

/** Drop the code, to crop anew. */
export const dropCode = (state) => withPhoto(state, { found: undefined });

/** Show the change in the photograph, or the generator's picture alone. */
export const showInside = (state, on) => withPhoto(state, { inside: on || undefined });
