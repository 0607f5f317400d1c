/** Owns: making and updating elements without losing focus or selection. Never: what they say. */

/**
 * @param {string} id
 * @returns {HTMLElement}
 */
export function byId(id) {
  const found = document.getElementById(id)
  if (found === null) throw new Error(`the page has no #${id}`)
  return found
}

/**
 * @param {string} tag
 * @param {string} className
 * @param {...(Node | string)} children
 * @returns {HTMLElement}
 */
export function el(tag, className, ...children) {
  const made = document.createElement(tag)
  if (className !== "") made.className = className
  made.append(...children)
  return made
}

/**
 * Touches the page only where something changed, so that selected text stays selected.
 * @param {Node} node
 * @param {string} text
 */
export function say(node, text) {
  if (node.textContent !== text) node.textContent = text
}

/**
 * @param {Element} element
 * @param {string} name
 * @param {string} value
 */
export function mark(element, name, value) {
  if (element.getAttribute(name) !== value) element.setAttribute(name, value)
}

/**
 * One child an item, in their order, kept by key.
 * @template T
 * @param {Element} list
 * @param {readonly T[]} items
 * @param {(item: T) => string} keyOf
 * @param {(item: T) => HTMLElement} make
 * @param {(child: HTMLElement, item: T) => void} update
 */
export function keyed(list, items, keyOf, make, update) {
  const known = new Map([...list.children].map((child) => [child.getAttribute("data-key"), child]))
  const wanted = items.map((item) => {
    const kept = known.get(keyOf(item))
    const child = kept instanceof HTMLElement ? kept : make(item)
    mark(child, "data-key", keyOf(item))
    update(child, item)
    return child
  })
  if (wanted.length === list.children.length && wanted.every((child, index) => list.children[index] === child)) return
  list.replaceChildren(...wanted)
}

/**
 * The child that shows one part, by its `data-part`.
 * @param {Element} parent
 * @param {string} name
 * @returns {HTMLElement}
 */
export function part(parent, name) {
  const found = parent.querySelector(`[data-part="${name}"]`)
  if (!(found instanceof HTMLElement)) throw new Error(`no part ${name}`)
  return found
}

/**
 * @param {string} tag
 * @param {string} name
 * @param {string} className
 * @returns {HTMLElement}
 */
export function slot(tag, name, className = "") {
  const made = el(tag, className)
  made.setAttribute("data-part", name)
  return made
}
