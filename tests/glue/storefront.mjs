// A visitor of a shop, played by Spryker's storefront packages as they are.
//
// Reads SHOP (its address), EMAIL and PASSWORD from the environment, and the packages from the
// node_modules of the working directory. Prints a line of JSON for each step: its name and what the
// packages made of the answer, or the error that they threw.

// What a browser has and Node has not.
class BrowserStorage extends Map {
  getItem = (key) => this.get(key) ?? null;
  setItem = (key, value) => void this.set(key, value);
  removeItem = (key) => void this.delete(key);
}
Object.assign(globalThis, {
  window: globalThis,
  localStorage: new BrowserStorage(),
  sessionStorage: new BrowserStorage(),
  __ORYX_FEATURE_VERSION__: '1.4',
});
// The packages throw an error once more where nobody listens; a browser goes on, too.
process.on('uncaughtException', () => {});

const { createInjector, destroyInjector } = await import('@spryker-oryx/di');
const { coreFeature, HttpService } = await import('@spryker-oryx/core');
const { I18nFeature } = await import('@spryker-oryx/i18n');
const { RouterFeature } = await import('@spryker-oryx/router');
const { siteFeature, StoreAdapter } = await import('@spryker-oryx/site');
const { IdentityService, OauthService, SapiAuthFeature } = await import('@spryker-oryx/auth');
const { AuthLoginStrategy } = await import('@spryker-oryx/auth/login');
const { RegistrationService, UserAdapter, userFeature } = await import('@spryker-oryx/user');
const { CartAdapter, cartFeature } = await import('@spryker-oryx/cart');
const { firstValueFrom, of, timeout } = await import('rxjs');

const { SHOP, EMAIL, PASSWORD } = process.env;

// The shop's own stores are not a customer's business: the only call that is stood in for.
const store = {
  id: 'DE',
  defaultCurrency: 'EUR',
  currencies: [{ code: 'EUR', name: 'Euro' }],
  locales: [{ code: 'en', name: 'en_US' }],
};

// All that the storefront's application has, without its pages.
const openPage = () => {
  const features = [
    coreFeature, new I18nFeature(), new RouterFeature(), siteFeature, new SapiAuthFeature(),
    userFeature, cartFeature,
  ];
  destroyInjector();
  const injector = createInjector({
    providers: [
      ...features.flatMap(({ providers }) => providers),
      { provide: 'SCOS_BASE_URL', useValue: SHOP },
      { provide: StoreAdapter, useValue: { get: () => of([store]) } },
    ],
  });
  return (token) => injector.inject(token);
};

const step = async (name, act) => {
  let line;
  try {
    const value = act();
    const got = await (value.pipe ? firstValueFrom(value.pipe(timeout(20_000))) : value);
    line = { name, value: got ?? null };
  } catch (error) {
    line = { name, error: error.message, body: error.body };
  }
  console.log(JSON.stringify(line));
  return line.value;
};

const keyInMail = async () => {
  for (let tries = 0; tries < 600; tries++) {
    const answer = await fetch(`${SHOP}/_local/mails?to=${encodeURIComponent(EMAIL)}`);
    const [mail] = await answer.json();
    if (mail) return /token=([\w.-]+)/.exec(mail.text)[1];
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  throw new Error('no mail came');
};

let page = openPage();
const carts = () => page(CartAdapter);
const identity = () => page(IdentityService).get();
const logIn = (password) => page(AuthLoginStrategy).login({ email: EMAIL, password });

// A guest fills a cart.
const guestCart = await step('guest adds to cart', () => carts().addEntry({ sku: 'tea-1', quantity: 2 }));
const cartId = guestCart?.id;
await step('guest reads carts', () => carts().getAll());
await step('guest reads cart', () => carts().get({ cartId }));
const fuller = await step('guest adds to that cart', () =>
  carts().addEntry({ cartId, sku: 'tea-2', quantity: 1 }));
const entry = (cart, sku) => cart?.products?.find((product) => product.sku === sku);
await step('guest changes a quantity', () =>
  carts().updateEntry({ cartId, groupKey: entry(guestCart, 'tea-1')?.groupKey, quantity: 5 }));
await step('guest removes from cart', () =>
  carts().deleteEntry({ cartId, groupKey: entry(fuller, 'tea-2')?.groupKey }));
await step('guest changes cart', () => carts().update({ cartId, name: 'Mine' }));

// The guest becomes a customer.
await step('register', () => page(RegistrationService).register({
  salutation: 'Ms', firstName: 'Sonia', lastName: 'Torres', gender: 'Female',
  email: EMAIL, password: PASSWORD, acceptedTerms: true,
}));
await step('log in too early', () => logIn(PASSWORD));
await step('confirm', async () => {
  const attributes = { registrationKey: await keyInMail() };
  return firstValueFrom(page(HttpService).post(`${SHOP}/customer-confirmation`, {
    data: { type: 'customer-confirmation', attributes },
  }));
});
await step('log in with a wrong password', () => logIn(`${PASSWORD}!`));
await step('log in', () => logIn(PASSWORD));
await step('identity', identity);
await step('read customer', () => page(UserAdapter).get());
await step('carts after log-in', () => carts().getAll());

// Carts of a customer.
const own = await step('create cart', () => carts().create());
const ownCart = { cartId: own?.id };
const filled = await step('add to cart', () => carts().addEntry({ ...ownCart, sku: 'tea-3', quantity: 1 }));
const groupKey = entry(filled, 'tea-3')?.groupKey;
await step('change a quantity', () => carts().updateEntry({ ...ownCart, groupKey, quantity: 4 }));
await step('read cart', () => carts().get(ownCart));
await step('rename cart', () => carts().update({ ...ownCart, name: 'Wishes' }));
await step('remove from cart', () => carts().deleteEntry({ ...ownCart, groupKey }));
await step('delete cart', () => carts().delete(ownCart));

// The session.
const accessToken = () => JSON.parse(localStorage.getItem('oryx.oauth-token'))?.access_token;
const before = accessToken();
await step('refresh', () => page(OauthService).refreshToken());
await step('token is another', () => Promise.resolve(accessToken() !== before));
// A token that the shop no longer takes: the client refreshes it by itself.
const stored = JSON.parse(localStorage.getItem('oryx.oauth-token'));
const [head, payload] = (stored?.access_token ?? '').split('.');
localStorage.setItem('oryx.oauth-token', JSON.stringify({ ...stored, access_token: `${head}.${payload}.AAAA` }));
page = openPage();
await step('read customer with an old token', () => page(UserAdapter).get());
await step('log out', () => page(OauthService).logout());
await step('identity after log-out', identity);

// The customer comes back as a guest, with a cart.
const second = await step('guest adds again', () => carts().addEntry({ sku: 'tea-4', quantity: 1 }));
await step('log in with a cart', () => logIn(PASSWORD));
await step('cart came along', async () =>
  (await firstValueFrom(carts().getAll())).some(({ id }) => id === second?.id));
process.exit();
