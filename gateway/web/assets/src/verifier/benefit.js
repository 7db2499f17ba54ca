// What a benefit is called, and which of two is better for the guest (gateway/policy/benefit.py).
const MOST_FEN = 100_000_000;

// Of each kind: the largest value (absent: none), whether it may be absent, whether a cap may stand.
export const KINDS = new Map([
  ["discount_rate", { most: 99, capped: true }],
  ["free_admission", {}],
  ["fixed_price", { most: MOST_FEN }],
  ["deposit_waiver", { capped: true }],
  ["pay_later", { most: 90, capped: true }],
  ["extra_quota", { most: 1000 }],
  ["extra_duration", { most: 527_040 }],
  ["fee_free_minutes", { most: 1440 }],
  ["priority_service", {}],
  ["voucher", { most: MOST_FEN, optional: true }],
  ["gift", {}],
]);

// Said with every deposit waiver.
export const DEPOSIT_NOTE = {
  zh: "损坏照常赔付,与信用码无关",
  en: "Damage is settled as usual and touches no code",
};

const PRICES = ["free_admission", "discount_rate", "fixed_price"];
const LESS_IS_BETTER = ["discount_rate", "fixed_price"];
const COMPARABLE = [...PRICES, "deposit_waiver", "pay_later", "fee_free_minutes"];

// Whether a guest who gets `one` misses nothing of `other`; `amount` of a discount is in hundredths.
export function atLeastAsGood(one, other) {
  if (one.kind === "free_admission" && PRICES.includes(other.kind)) return true;
  if (one.kind !== other.kind || !COMPARABLE.includes(one.kind)) return false;
  const [mine, theirs] = [one.amount || 0, other.amount || 0];
  const holds = LESS_IS_BETTER.includes(one.kind) ? mine <= theirs : mine >= theirs;
  return holds && (one.cap === undefined || (other.cap !== undefined && one.cap >= other.cap));
}

const yuan = (fen) => {
  const rest = fen % 100;
  const whole = (fen - rest) / 100;
  return rest ? `${whole}.${String(rest).padStart(2, "0")}` : String(whole);
};

const PHRASES = {
  discount_rate: (paid) => [
    paid % 10 ? `${Math.floor(paid / 10)}.${paid % 10}折` : `${paid / 10}折`,
    `${100 - paid} % off`,
  ],
  free_admission: () => ["免费入场", "free admission"],
  fixed_price: (fen) => [`优惠价${yuan(fen)}元`, `the price of CNY ${yuan(fen)}`],
  deposit_waiver: () => ["免押金", "no deposit"],
  pay_later: (days) => [`先享后付,${days}天内付`, `payment within ${days} days`],
  extra_quota: (pieces) => [`额度增加${pieces}`, `${pieces} more than usual`],
  extra_duration: duration,
  fee_free_minutes: (minutes) => [`免费${minutes}分钟`, `${minutes} min free`],
  priority_service: () => ["优先服务", "priority service"],
  voucher: (fen) =>
    fen === undefined
      ? ["免费券一张", "one free voucher"]
      : [`${yuan(fen)}元券一张`, `one voucher of CNY ${yuan(fen)}`],
  gift: () => ["赠品一份", "a gift"],
};

function duration(minutes) {
  if (minutes % 1440 === 0) return [`延长${minutes / 1440}天`, `${minutes / 1440} d more`];
  if (minutes % 60 === 0) return [`延长${minutes / 60}小时`, `${minutes / 60} h more`];
  return [`延长${minutes}分钟`, `${minutes} min more`];
}

// Words for terms that come without any.
export function describe({ kind, amount, cap }) {
  const [zh, en] = PHRASES[kind](amount);
  if (cap === undefined) return { zh, en };
  return { zh: `${zh}(最多${yuan(cap)}元)`, en: `${en}, at most CNY ${yuan(cap)}` };
}
