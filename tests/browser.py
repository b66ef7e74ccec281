"""A browser for the tests of pages: Debian's chromium, driven by selenium."""

import shutil

import pytest

NO_DRIVER = "selenium, of the extra browser, is missing"


def start():
    """Return a chromium without a window, or skip the tests that need it."""
    webdriver = pytest.importorskip("selenium.webdriver", reason=NO_DRIVER)
    chromium, driver = shutil.which("chromium"), shutil.which("chromedriver")
    if not (chromium and driver):
        pytest.skip("there is no chromium with its chromedriver")
    options = webdriver.ChromeOptions()
    options.binary_location = chromium
    for argument in ("--headless=new", "--no-sandbox", "--disable-dev-shm-usage"):
        options.add_argument(argument)
    options.set_capability("goog:loggingPrefs", {"browser": "ALL"})
    service = webdriver.ChromeService(executable_path=driver)
    return webdriver.Chrome(options=options, service=service)


def set_width(browser, width):
    """Make the window so many pixels wide."""
    metrics = {"width": width, "height": 900, "deviceScaleFactor": 1, "mobile": False}
    browser.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", metrics)


def noted(browser):
    """Leave the page, and return what the browser has complained of since last asked.

    Of reading pixels, which tests alone do, it says that it is slow.
    """
    browser.get("about:blank")
    log = browser.get_log("browser")
    return [entry["message"] for entry in log if entry["source"] != "rendering"]
