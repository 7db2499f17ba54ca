// The scanner of the app that this page was opened in, where that app puts one into its pages.
// Nothing is loaded for it: our policy allows no script of others (docs/scanning.md). Each function
// takes the window and returns how to scan once, or null: it resolves with the text, with "" where
// somebody went back, and fails where the app does not let us.

// 浙里办: `scan` returns a promise of {text}; it fails with {errorMessage: "用户取消"} on going back.
function inZheliban({ ZWJSBridge }) {
  if (!ZWJSBridge || !ZWJSBridge.scan) return null;
  return async () => {
    if (ZWJSBridge.onReady) await new Promise((resolve) => ZWJSBridge.onReady(resolve));
    try {
      return (await ZWJSBridge.scan({ type: "qrCode" })).text;
    } catch (error) {
      if (error && error.errorMessage === "用户取消") return "";
      throw error;
    }
  };
}

// WeChat: `success` gets {resultStr} with needResult 1, `cancel` is going back, `fail` gets {errMsg}
// where the page has no right to it. Elsewhere the same object may be there and never answers.
function inWechat({ wx, navigator }) {
  if (!wx || !wx.scanQRCode || !/MicroMessenger/i.test(navigator.userAgent)) return null;
  return () =>
    new Promise((resolve, reject) => {
      wx.scanQRCode({
        needResult: 1,
        scanType: ["qrCode"],
        success: ({ resultStr }) => resolve(resultStr),
        cancel: () => resolve(""),
        fail: reject,
      });
    });
}

// Of both of Alipay's: error 10 is going back, any other that it cannot.
function answer({ error, errorCode, code, qrCode, codeContent }) {
  const problem = Number(error || errorCode || 0);
  if (problem === 10) return "";
  if (problem) throw new Error(`alipay ${problem}`);
  return code || qrCode || codeContent;
}

// Alipay: `ap.scan` calls back with {code}; the bridge below it, which the app itself puts there,
// with {qrCode}, lately {codeContent} as well.
function inAlipay({ ap, AlipayJSBridge, navigator }) {
  if (!/AlipayClient/i.test(navigator.userAgent)) return null;
  const said = (call) => new Promise((resolve) => call(resolve)).then(answer);
  if (ap && ap.scan) return () => said((done) => ap.scan({ type: "qr" }, done));
  if (!AlipayJSBridge) return null;
  return () => said((done) => AlipayJSBridge.call("scan", { type: "qr" }, done));
}

// Returns how this app scans, or null in a browser.
export function bridgeIn(window) {
  return inZheliban(window) || inWechat(window) || inAlipay(window);
}
