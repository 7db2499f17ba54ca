// Why there is no camera, and in which kind of browser: pure, so that Node runs it in a test.

// Names of the standard (W3C mediacapture-streams, 10.3.1) and of older browsers.
const REASONS = {
  NotAllowedError: "denied",
  PermissionDeniedError: "denied",
  PermissionDismissedError: "denied",
  SecurityError: "denied",
  NotFoundError: "missing",
  DevicesNotFoundError: "missing",
  OverconstrainedError: "missing",
  NotReadableError: "busy",
  TrackStartError: "busy",
  AbortError: "busy",
};

// Returns insecure, unable or "": what is missing before anybody is asked.
export function hindrance({ isSecureContext, navigator }) {
  if (!isSecureContext) return "insecure";
  return navigator.mediaDevices && navigator.mediaDevices.getUserMedia ? "" : "unable";
}

// Returns denied, missing, busy or unable.
export function reasonOf(error) {
  return REASONS[error && error.name] || "unable";
}

// Returns whose settings hold the permission: wechat, alipay, ios, android or other.
export function browserKind(userAgent) {
  if (/MicroMessenger/i.test(userAgent)) return "wechat";
  if (/AlipayClient/i.test(userAgent)) return "alipay";
  if (/iPhone|iPad|iPod/.test(userAgent)) return "ios";
  return /Android/.test(userAgent) ? "android" : "other";
}
