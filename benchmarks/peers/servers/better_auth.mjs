// better-auth: its e-mail sign-up, the memory adapter, verification required and sent by a mail.
// It is asked as benchmarks/peers/turns.py says. Its packages are in the folder PEERS_MODULES.
import { randomBytes } from "node:crypto";
import { createRequire } from "node:module";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { pathToFileURL } from "node:url";

const modules = createRequire(join(process.env.PEERS_MODULES, "package.json"));
const load = (name) => import(pathToFileURL(modules.resolve(name)));
const { betterAuth } = await load("better-auth");
const { memoryAdapter } = await load("better-auth/adapters/memory");
const { hashPassword } = await load("better-auth/crypto");

const sent = [];
let hashed = true;
const tables = { user: [], session: [], account: [], verification: [], rateLimit: [] };
const auth = betterAuth({
  baseURL: "https://shop.example",
  secret: randomBytes(32).toString("hex"),
  database: memoryAdapter(tables),
  emailAndPassword: {
    enabled: true,
    requireEmailVerification: true,
    password: { hash: async (password) => (hashed ? hashPassword(password) : "none") },
  },
  emailVerification: {
    sendOnSignUp: true,
    sendVerificationEmail: async ({ user, url }) => {
      sent[0] = `To: ${user.email}\n\n${url}`;
    },
  },
  // Counted, but never reached.
  rateLimit: { enabled: true, window: 60, max: 1_000_000, customRules: { "/sign-up/*": { window: 60, max: 1_000_000 } } },
  telemetry: { enabled: false },
});

async function signUp(number) {
  const email = `sonia${number}@example.com`;
  const body = JSON.stringify({ name: "Sonia Torres", email, password: "sturdy teapot orbit" });
  const headers = {
    "content-type": "application/json",
    origin: "https://shop.example",
    "x-forwarded-for": "203.0.113.7",
  };
  const request = new Request("https://shop.example/api/auth/sign-up/email", { method: "POST", headers, body });
  const answer = await auth.handler(request);
  const told = await answer.text();
  if (answer.status !== 200) throw new Error(`${answer.status} ${told}`);
  if (!sent[0]?.includes(email)) throw new Error("no mail");
}

const { version } = modules(join(process.env.PEERS_MODULES, "node_modules/better-auth/package.json"));
console.log(JSON.stringify({ "better-auth": version, node: process.version }));
let done = 0;
for await (const line of createInterface({ input: process.stdin })) {
  const [way, times] = line.split(" ");
  hashed = way === "with";
  // The adapter reads its tables from the beginning to the end, which is no cost of a sign-up.
  for (const rows of Object.values(tables)) rows.length = 0;
  const began = process.cpuUsage();
  for (let n = 0; n < Number(times); n++) await signUp(done++);
  const { user, system } = process.cpuUsage(began);
  console.log((user + system) / 1000 / Number(times));
}
