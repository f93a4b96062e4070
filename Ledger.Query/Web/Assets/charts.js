let loading;

function echarts(url) {
  loading ??= new Promise((resolve, reject) => {
    const script = document.createElement("script");
    script.src = url;
    script.onload = () => resolve(window.echarts);
    script.onerror = () => reject(new Error(`${url} could not be loaded`));
    document.head.append(script);
  });
  return loading;
}

export async function draw(element, url, option, dark) {
  const lib = await echarts(url);
  lib.getInstanceByDom(element)?.dispose();
  const chart = lib.init(element, dark ? "dark" : null, { renderer: "canvas" });
  chart.setOption({ backgroundColor: "transparent", animation: false, ...option });
  element.ledgerResize ??= new ResizeObserver(() => lib.getInstanceByDom(element)?.resize());
  element.ledgerResize.observe(element);
}
