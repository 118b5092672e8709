/** Words without control characters and halves of characters: as people type them, over HTTP and on the command line alike. */
export const PLAIN_WORDS = /^[^\p{Cc}\p{Cs}]*$/u;
