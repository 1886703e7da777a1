/** The variable that tells a rank the process that started it. */
export const LAUNCHER = "TESSERAE_LAUNCHER";
