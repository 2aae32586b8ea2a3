/**
 * Have something done after what an object's own method does.
 * @param {object} object
 * @param {string} name
 * @param {(...given: any[]) => any} after Gets what the method got.
 */
export function chain(object, name, after) {
  const before = object[name];
  object[name] = function (...given) {
    const result = before?.apply(this, given);
    after(...given);
    return result;
  };
}
