// The HTTP door: the API on one fastify instance, which main listens with and closes.
//
// Promises: every answer that is not 200 carries the JSON envelope, also for what is no HTTP; paths match without
// regard to case and to a trailing slash (contract sending 1); deadlines and bounds are set for everything that a
// client controls. Leaves all rules of sending to core/submit, and TLS to what stands in front or to main.
import fastify, { type FastifyInstance, type HTTPMethods } from 'fastify';
import { addressRoutes } from './addresses.ts';
import { createApiAuth } from './auth.ts';
import { bounceRoutes } from './bounces.ts';
import { bulkRoutes } from './bulk.ts';
import { captureRoutes } from './capture.ts';
import { dataRemovalRoutes } from './data-removals.ts';
import { confirmSenderRoutes } from './confirm-sender.ts';
import { DEFAULT_API_LIMITS, type ApiDeps, type ApiLimits } from './deps.ts';
import { docsRoutes } from './docs.ts';
import { domainRoutes } from './domains.ts';
import { createEasternTime } from './eastern-time.ts';
import { emailRoutes } from './email.ts';
import { answerClientError, createSurprises, errorHandler, pathOf, refuse } from './errors.ts';
import { healthRoutes } from './health.ts';
import { holdRoutes } from './holds.ts';
import { inboundMessageRoutes } from './inbound-messages.ts';
import { inboundRuleRoutes } from './inbound-rules.ts';
import { createOnce } from './idempotency.ts';
import { laneRoutes } from './lanes.ts';
import { messageStreamRoutes } from './message-streams.ts';
import { messageRoutes } from './messages.ts';
import { pageRoute } from './page.ts';
import { poolRoutes } from './pools.ts';
import { createBodyReaders } from './read-body.ts';
import { createRateLimit } from './rate-limit.ts';
import { createJsonReader } from './read-json.ts';
import { statisticsRoutes } from './statistics.ts';
import { templateRoutes } from './templates.ts';
import { senderRoutes } from './senders.ts';
import { serverRoutes } from './servers.ts';
import { suppressionRoutes } from './suppressions.ts';
import { tlsRoutes } from './tls.ts';
import { trackedRoutes } from './tracked.ts';
import { createTurns } from './turns.ts';
import { webhookRoutes } from './webhooks.ts';
import { unsubscribeRoutes } from './unsubscribe.ts';
import { whyRoutes } from './why.ts';
import { createRenderTemplate } from '../../core/render-template.ts';
import { API_ERRORS } from '../../domain/api-error.ts';

export function createApiServer(deps: ApiDeps): FastifyInstance {
  const limits: ApiLimits = { ...DEFAULT_API_LIMITS, ...deps.limits };
  const surprises = createSurprises(deps.log, deps.clock);
  const app = fastify(serverOptions(limits, errorHandler(surprises)));
  app.server.maxConnections = limits.maxConnections;
  app.setErrorHandler(errorHandler(surprises));
  app.setNotFoundHandler((request, reply) => refuse(reply, API_ERRORS.notFound(pathOf(request))));
  endConnectionsOnClose(app);
  // Routes read bodies themselves, after the token was checked and within the budget.
  app.removeAllContentTypeParsers();
  app.addContentTypeParser('*', (_request, _payload, done) => done(null, undefined));

  const routes = collectRoutes(app);
  const rateLimit = createRateLimit(app, { perMinute: limits.requestsPerMinute, clock: deps.clock });
  const auth = createApiAuth({ ...deps, rateLimit });
  const reading = { auth, activity: deps.activity, eastern: createEasternTime() };
  const { readBody, readPieces } = createBodyReaders(limits);
  const managing = { auth, store: deps.store, readJson: createJsonReader(readBody) };
  const lists = { ...deps, ...reading, readJson: managing.readJson };
  const turns = createTurns({
    sliceMs: limits.sliceMs,
    now: () => performance.now(),
    ...(deps.urgent !== undefined && { urgent: deps.urgent }),
  });
  const once = createOnce({ ...deps, turns });
  emailRoutes(app, {
    auth,
    surprises,
    limits,
    submit: deps.submit,
    renderTemplate: createRenderTemplate({ templates: deps.templates, heavy: deps.heavyTemplates }),
    log: deps.log,
    readBody,
    once,
    turns,
  });
  bulkRoutes(app, { auth, readPieces, once, bulk: deps.bulk, limits });
  messageRoutes(app, reading);
  trackedRoutes(app, reading);
  inboundMessageRoutes(app, { ...deps, ...reading });
  whyRoutes(app, { auth, store: deps.store, why: deps.why });
  bounceRoutes(app, lists);
  messageStreamRoutes(app, lists);
  suppressionRoutes(app, lists);
  unsubscribeRoutes(app, deps);
  captureRoutes(app, { ...reading, store: deps.store });
  statisticsRoutes(app, { ...reading, statistics: deps.statistics, store: deps.store });
  dataRemovalRoutes(app, { ...deps, ...managing });
  templateRoutes(app, { ...managing, eastern: reading.eastern, heavy: deps.heavyTemplates, turns, limits });
  poolRoutes(app, managing);
  addressRoutes(app, { ...managing, addresses: deps.addresses });
  domainRoutes(app, { ...deps, ...reading, ...managing });
  senderRoutes(app, { ...deps, ...reading, ...managing });
  confirmSenderRoutes(app, deps.senders.confirmations);
  serverRoutes(app, { ...deps, ...managing, eastern: reading.eastern });
  inboundRuleRoutes(app, { ...managing, eastern: reading.eastern });
  holdRoutes(app, { ...deps, ...managing });
  webhookRoutes(app, { ...managing, eastern: reading.eastern, webhooks: deps.webhooks });
  tlsRoutes(app, { ...deps, auth });
  laneRoutes(app, { auth, lanes: deps.lanes });
  healthRoutes(app, { ...deps, auth });
  pageRoute(app, { facts: deps.facts });
  docsRoutes(app, { facts: deps.facts });
  app.decorate('endpoints', endpointsOf(routes()));
  refuseOtherMethods(app, routes());
  return app;
}

function serverOptions(limits: ApiLimits, frameworkErrors: ReturnType<typeof errorHandler>) {
  return {
    logger: false as const,
    routerOptions: { caseSensitive: false, ignoreTrailingSlash: true, maxParamLength: 200 },
    frameworkErrors,
    clientErrorHandler: answerClientError,
    bodyLimit: limits.batchBodyBytes,
    requestTimeout: limits.requestTimeoutMs,
    keepAliveTimeout: limits.keepAliveTimeoutMs,
    maxRequestsPerSocket: limits.maxRequestsPerSocket,
    http: {
      headersTimeout: limits.headersTimeoutMs,
      // How often node looks for requests that are too slow.
      connectionsCheckingInterval: Math.min(limits.headersTimeoutMs, MAX_CHECKING_INTERVAL_MS),
    },
    // What reaches a closing server is still answered; main closes the core after the door.
    return503OnClosing: false,
  };
}

const MAX_CHECKING_INTERVAL_MS = 5_000;

/** Answers given while the server closes are the last on their connections, which would be kept open for more otherwise. */
function endConnectionsOnClose(app: FastifyInstance): void {
  let closing = false;
  app.addHook('preClose', (done) => {
    closing = true;
    done();
  });
  app.addHook('onSend', (_request, reply, _payload, done) => {
    if (closing) void reply.header('Connection', 'close');
    done();
  });
}

type Routes = ReadonlyMap<string, ReadonlySet<string>>;

function collectRoutes(app: FastifyInstance): () => Routes {
  const routes = new Map<string, Set<string>>();
  app.addHook('onRoute', ({ url, method }) => {
    const methods = routes.get(url) ?? new Set();
    for (const name of [method].flat()) methods.add(name);
    routes.set(url, methods);
  });
  return () => new Map([...routes].map(([url, methods]) => [url, new Set(methods)]));
}

declare module 'fastify' {
  interface FastifyInstance {
    /** What was registered, such as `GET /webhooks/{id}`. */
    readonly endpoints: readonly string[];
  }
}

/** HEAD goes with every GET and is not named. */
function endpointsOf(routes: Routes): readonly string[] {
  return [...routes].flatMap(([url, methods]) =>
    [...methods].filter((method) => method !== 'HEAD').map((method) => `${method} ${url.replace(/:(\w+)/g, '{$1}')}`),
  );
}

const METHODS: readonly HTTPMethods[] = ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS'];

/** A known path with another method is 405 and says which ones there are (RFC 9110 15.5.6). */
function refuseOtherMethods(app: FastifyInstance, routes: Routes): void {
  for (const [url, has] of routes) {
    const allowed = METHODS.filter((method) => has.has(method));
    const others = METHODS.filter((method) => !has.has(method));
    app.route({
      method: [...others],
      url,
      handler: (request, reply) =>
        refuse(
          reply.header('Allow', allowed.join(', ')),
          API_ERRORS.methodNotAllowed(request.method, pathOf(request), allowed),
        ),
    });
  }
}
