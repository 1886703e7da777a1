/** What a page imports at the least: its bundle is what is measured. */
export { connect } from "tesserae";
