import { openCatalogue } from './catalogue.js';

test('the service starts with every rule of the catalogue and with the NEWS2 chart', async () => {
  const { rules, news2 } = await openCatalogue();
  expect(rules).toHaveLength(67);
  expect(news2?.classes.map(({ id }) => id)).toEqual(['low', 'low-medium', 'medium', 'high']);
});
