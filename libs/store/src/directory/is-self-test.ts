/** SQL: a row of the community of made-up patients, which no list shows. */
export const IS_SELF_TEST = `community_id in (select id from community where self_test)`;
