/**
 * Call a function after a method of an object.
 * @param {object} object
 * @param {string} name Of the method; the object need not have one yet.
 * @param {(...given: any[]) => any} after Called with the arguments of the method.
 */
export function chainCallback(object, name, after) {
  const before = object[name];
  object[name] = function (...given) {
    const result = before?.apply(this, given);
    after(...given);
    return result;
  };
}
