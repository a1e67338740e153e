"""The fixture in a test run of its own: a user's tests of a user's app."""

import pytest

from tests.support.local_assembly import function, url
from tests.support.own_pytest import run_pytest
from tests.support.sam_templates import WORDS, sam, write_template
from tests.support.small_app import write_app

pytest_plugins = ["pytester"]

CONFTEST = """
    import pytest

    @pytest.fixture(scope="session")
    def cloud(streambda_cloud):
        return streambda_cloud()
"""
TESTS = """
    import urllib.request

    def test_over_http(cloud):
        with urllib.request.urlopen(cloud.function_url("Words") + "words") as answer:
            assert answer.read() == b"one two"

    def test_without(cloud):
        assert list(cloud.invoke_stream("Words", {"do": "words"})) == [b"one ", b"two"]
"""
TEMPLATE_CALL = 'streambda_cloud(template="template.yaml", stack_name="shop")'
TEMPLATE_TESTS = """
    def test_boto3_finds_it_by_the_prefix_of_the_stack(cloud):
        pages = cloud.lambda_client().get_paginator("list_functions").paginate()
        [name] = [one["FunctionName"] for page in pages for one in page["Functions"]]
        assert name.startswith("shop-Words-")

    def test_nothing_is_wrong(cloud):
        assert cloud.unsupported == ()

    def test_a_mistyped_name(cloud):
        next(cloud.invoke_stream("Wrds"))

    def test_a_mistyped_argument(streambda_cloud):
        streambda_cloud(templates="template.yaml")
"""


@pytest.mark.slow
def test_a_users_tests_of_a_users_app(pytester: pytest.Pytester) -> None:
    write_app(pytester.path, {"Words": function(FunctionName="Words"), "Url": url("Words")})
    pytester.makeconftest(CONFTEST)
    pytester.makepyfile(TESTS)

    result = run_pytest(pytester, "-W", "error")

    result.assert_outcomes(passed=2)


@pytest.mark.slow
def test_an_app_that_fails_is_one_line(pytester: pytest.Pytester) -> None:
    (pytester.path / "app.py").write_text("\nraise ValueError('no handler')")
    (pytester.path / "cdk.json").write_text('{"app": "python3 app.py"}')
    pytester.makeconftest(CONFTEST)
    pytester.makepyfile(TESTS)

    result = run_pytest(pytester)

    result.assert_outcomes(errors=2)
    message = (
        "streambda_cloud: 'python3 app.py' ended with exit status 1: "
        "ValueError: no handler (app.py, line 2)"
    )
    assert message in result.outlines
    assert "Traceback" not in result.stdout.str()


@pytest.mark.slow
def test_a_users_tests_of_a_template(pytester: pytest.Pytester) -> None:
    write_template(pytester.path, sam(WORDS))
    pytester.makeconftest(CONFTEST.replace("streambda_cloud()", TEMPLATE_CALL))
    pytester.makepyfile(TESTS, test_template=TEMPLATE_TESTS)

    result = run_pytest(pytester, "-W", "error")

    result.assert_outcomes(passed=4, failed=2)
    assert "no function 'Wrds', expected one of shop-Words-" in result.stdout.str()
    assert "streambda/local" not in result.stdout.str()  # no frames of ours
    line = "streambda_cloud: there is no argument 'templates', did you mean template?"
    assert line in result.outlines


@pytest.mark.slow
def test_a_template_that_cannot_be_read_is_one_line(pytester: pytest.Pytester) -> None:
    (pytester.path / "template.yaml").write_text("a: [")
    pytester.makeconftest(CONFTEST.replace("streambda_cloud()", TEMPLATE_CALL))
    pytester.makepyfile(TESTS)

    result = run_pytest(pytester)

    result.assert_outcomes(errors=2)
    assert "YAML not well-formed. (line 1, column 5)" in result.stdout.str()
    assert "Traceback" not in result.stdout.str()
