"""What is wrong in a template is one line of its resource, and everything else runs."""

import sys
from pathlib import Path
from typing import Any

import pytest
from samtranslator.translator.translator import Translator

from streambda.local.model.errors import AssemblyError
from streambda.local.templates import read_template
from tests.support.sam_templates import WORDS, gaps, read, sam, write_template

FUNCTION = "\n  Bad:\n    Type: AWS::Serverless::Function\n    Properties: {%s}"
PLAIN = "\n  Bad:\n    Type: AWS::Lambda::Function\n    Properties: {Runtime: x, Code: src, %s}"
EVENT = FUNCTION % "Events: {E: {Type: Api, Properties: {%s}}}"

# Of the resource Bad, whose function is left out.
LEFT_OUT = {
    FUNCTION % "CodeUri: !Ref AWS::NoValue, Nope: 1": "property Nope not defined for resource of",
    FUNCTION % "Events: x": "Type of property 'Events' is invalid.",
    FUNCTION % "Policies: [{NopePolicy: {}}]": "Policy at index 0 in the 'Policies' property",
    FUNCTION % "Timeout: soon": "Timeout is 'soon', expected a number",
    FUNCTION % "Handler: !Join [a]": "Template error: every Fn::Join object requires two",
    FUNCTION % "Handler: !Sub [a, b, c]": "Template error: Fn::Sub needs a string",
    FUNCTION % "Handler: !If [Nope, a, b]": "Unresolved condition dependency Nope",
    FUNCTION % "Handler: !Ref {a: b}": "every Ref object must have a single String value",
    FUNCTION
    % "FunctionName: !Ref Bad": "Circular dependency between resources of stack shop: Bad -> Bad",
    PLAIN % "Environment: x": "AttributeError",
    "\n  Bad: {Properties: {}}": "Every Resources object must contain a Type member.",
    "\n  Bad: {Type: AWS::Lambda::Function, Properties: x}": "Resources.Bad.Properties: Input",
    "\n  Bad: x": "it is not an object",
    f"{FUNCTION % 'Handler: a'}\n    Condition: Nope": "Unresolved condition dependency Nope",
}
# The function runs, though not all of it is understood.
KEPT = {
    FUNCTION
    % "CodeUri: nope/": "Parameter CodeUri of resource Bad refers to a file or folder that",
    FUNCTION % "CodeUri: ''": "Parameter CodeUri of resource Bad refers to a file or folder that",
    FUNCTION % "CodeUri: s3://b/k.zip": "CodeUri is s3://b/k.zip, which is only on AWS",
    FUNCTION % "CodeUri: {Bucket: b, Key: k}": "CodeUri is s3://b/k, which is only on AWS",
    PLAIN.replace("Code: src", "Code: nope") % "": "Parameter Code of resource Bad refers to",
    FUNCTION % "Handler: !Nope a": "Fn::Nope is not an intrinsic function",
    FUNCTION % "Role: !GetAtt Nope.Arn": "Unresolved resource dependencies [Nope] in the Resources",
    FUNCTION % "Role: !Sub '${Nope}${!x}'": "Unresolved resource dependencies [Nope] in the",
    FUNCTION % "Environment: {Fn::Transform: {Name: Mine}}": "Fn::Transform Mine runs only on AWS",
    FUNCTION
    % "Environment: {Fn::Transform: {Name: AWS::Include, Parameters: {Location: s3://a/b}}}": (
        "AWS::Include of s3://a/b runs only on AWS"
    ),
    FUNCTION
    % "Environment: {Fn::Transform: {Name: AWS::Include, Parameters: {Location: no.yaml}}}": (
        "AWS::Include: cannot read"
    ),
    FUNCTION % "Environment: {'Fn::ForEach::X': [a, [b], {}]}": "needs Transform: AWS::Language",
    EVENT % "Path: /a, Method: get, ResponseTransferMode: STREAM": (
        "ResponseTransferMode is 'STREAM', expected BUFFERED or RESPONSE_STREAM"
    ),
    EVENT % "Path: /a": "Event with id [E] is invalid. Property 'Method' is required.",
    EVENT % "Path: /a, Method: get, RestApiId: !Ref Nope": "Event with id [E] is invalid.",
    FUNCTION % "Events: {E: {Type: Nope}}": "Event Type is: Nope.",
}


@pytest.mark.parametrize("resource", [*LEFT_OUT, *KEPT])
def test_a_resource(resource: str, tmp_path: Path) -> None:
    found = read(write_template(tmp_path, sam(WORDS + resource)))

    reasons = [reason for name, reason in gaps(found) if name == "Bad"]
    expected = {**LEFT_OUT, **KEPT}[resource]
    assert any(expected in reason for reason in reasons), gaps(found)
    assert all("\n" not in reason for reason in reasons)
    ids = {one.logical_id for one in found.functions}
    assert ids == ({"Words", "Bad"} if resource in KEPT else {"Words"})
    assert [one.logical_id for one in found.function_urls] == ["WordsUrl"]
    assert len(found.rest_apis) == 1


@pytest.mark.parametrize("resource", [FUNCTION % "Handler: src/a.b", PLAIN % ""])
def test_a_function_without_code_has_the_folder_of_the_template(
    resource: str, tmp_path: Path
) -> None:
    """As `sam deploy` and `aws cloudformation package` upload it."""
    text = sam(resource.replace("Code: src, ", "")).replace("    CodeUri: src\n", "")

    found = read(write_template(tmp_path, text))

    assert gaps(found) == []
    assert [one.code for one in found.functions] == [tmp_path]


def test_types_that_no_translation_has_replaced(tmp_path: Path) -> None:
    typo = "\n  Bad: {Type: AWS::Serverless::Funktion}\n  Odd: {Type: AWS::Serverless::Queue}"
    unknown = "Unrecognized resource types: [AWS::Serverless::%s"

    found = gaps(read(write_template(tmp_path, sam(WORDS + typo))))
    plain = gaps(read(write_template(tmp_path / "plain", f"Resources:{WORDS}")))

    proposal = "]: did you mean AWS::Serverless::Function?"
    assert found[0] == ("Bad", unknown % "Funktion" + proposal)
    assert found[1] == ("Odd", unknown % "Queue" + "]: expected a type of SAM")
    needed = "]: expected Transform: AWS::Serverless-2016-10-31 in the template"
    assert plain == [("Words", unknown % "Function" + needed)]


def test_modes_that_aws_does_not_have(tmp_path: Path) -> None:
    """An integration has other names for them than an event of SAM and a Function URL."""
    get = "{x-amazon-apigateway-integration: {responseTransferMode: RESPONSE_STREAM}}"
    body = f"{{Body: {{paths: {{/: {{get: {get}}}}}}}}}"
    resources = (
        f"{WORDS}\n  Bad: {{Type: AWS::ApiGateway::RestApi, Properties: {body}}}"
        "\n  Url: {Type: AWS::Lambda::Url, Properties: {InvokeMode: STREAM, AuthType: NONE}}"
    )

    found = gaps(read(write_template(tmp_path, sam(resources))))

    expected = "responseTransferMode is 'RESPONSE_STREAM', expected BUFFERED or STREAM"
    assert ("Bad", expected) in found
    assert ("Url", "InvokeMode is 'STREAM', expected BUFFERED or RESPONSE_STREAM") in found


def test_a_function_without_any_properties(tmp_path: Path) -> None:
    found = read(write_template(tmp_path, sam("\n  Bare: {Type: AWS::Serverless::Function}")))

    assert [one.code for one in found.functions] == [tmp_path / "src"]


def test_code_that_only_sam_builds(tmp_path: Path) -> None:
    method = "    Metadata: {BuildMethod: go1.x}\n"

    path = write_template(tmp_path, sam(WORDS + method))
    (tmp_path / "src/bootstrap").unlink()

    found = read(path)

    advice = "run `sam build`, and pass .aws-sam/build/template.yaml"
    assert gaps(found) == [("Words", f"its BuildMethod go1.x is not run here: {advice}")]
    built = write_template(tmp_path / ".aws-sam/build", sam(WORDS + method))
    assert gaps(read(built)) == []
    (tmp_path / "src/bootstrap").touch()  # of `go build`
    assert gaps(read(path)) == []


def test_a_key_that_is_there_twice(tmp_path: Path) -> None:
    """Public samples have that, and are deployed: the last one counts."""
    text = sam(WORDS, "Outputs:\n  A: {Value: one}\n  A: {Value: two}")

    found = read(write_template(tmp_path, text))

    line = text.splitlines().index("  A: {Value: two}") + 1
    reason = f"duplicate key A (line {line}, column 3): the last one counts"
    assert gaps(found) == [("template.yaml", reason)]
    assert found.stacks[0].outputs == {"A": "two"}


SECTIONS = {
    "Parameters: {A: x}": ("Parameters", "Parameters.A: Input should be"),
    "Parameters: x": ("Parameters", "it is not an object"),
    "Mappings: {A: x}": ("Mappings", "Every Mappings member must be a map"),
    "Outputs: {A: {Description: x}}": ("Outputs", "Outputs.A.Value: Field required"),
    "Outputs: {A: {Value: x, Condition: Nope}}": ("A", "Unresolved condition dependency Nope"),
}


@pytest.mark.parametrize("section", SECTIONS)
def test_another_section(section: str, tmp_path: Path) -> None:
    found = read(write_template(tmp_path, sam(WORDS, section)))

    [(name, reason)] = gaps(found)
    assert (name, SECTIONS[section][1] in reason) == (SECTIONS[section][0], True), reason
    assert [one.logical_id for one in found.functions] == ["Words"]


def test_macros_of_the_whole_template(tmp_path: Path) -> None:
    (tmp_path / "more.yaml").write_text("Outputs: {A: {Value: !Ref Words}}")
    include = "{Name: AWS::Include, Parameters: {Location: more.yaml}}"
    text = sam(WORDS).replace(
        "Transform: AWS::Serverless-2016-10-31",
        f"Transform: [AWS::LanguageExtensions, AWS::Serverless-2016-10-31, Mine, {include}]",
    )

    found = read(write_template(tmp_path, text))

    reason = "the macro Mine runs only on AWS: it is left out"
    assert gaps(found) == [("Transform", reason)]
    assert len(found.functions) == 1


@pytest.mark.parametrize("variables", ["%s, A: own", "A: own, %s"])
def test_what_is_beside_an_include_wins(variables: str, tmp_path: Path) -> None:
    (tmp_path / "more.yaml").write_text("A: included\nB: included")
    include = "Fn::Transform: {Name: AWS::Include, Parameters: {Location: more.yaml}}"
    environment = FUNCTION % f"Environment: {{Variables: {{{variables % include}}}}}"

    found = read(write_template(tmp_path, sam(environment)))

    assert found.functions[0].environment == {"A": "own", "B": "included"}


def test_files_that_include_themselves(tmp_path: Path) -> None:
    include = "{Fn::Transform: {Name: AWS::Include, Parameters: {Location: %s}}}"
    (tmp_path / "a.yaml").write_text(f"Variables: {include % 'b.yaml'}")
    (tmp_path / "b.yaml").write_text(f"A: {include % 'a.yaml'}")
    environment = FUNCTION % f"Environment: {include % 'a.yaml'}"

    found = read(write_template(tmp_path, sam(environment)))

    [(name, reason)] = gaps(found)
    assert name == "Bad"
    assert reason.endswith("a.yaml includes itself")


NESTED = "\n  Child:\n    Type: AWS::Serverless::Application\n    Properties: {Location: %s}"


@pytest.mark.parametrize(
    ("location", "reason"),
    [
        ("template.yaml", "is part of itself"),
        ("src", "is a folder, expected a file"),
        ("nope.yaml", "refers to a file or folder that does not exist"),
        ("broken.yaml", "YAML not well-formed. (line 1, column 5)"),
        ("https://example.com/t.yaml", "is only on AWS"),
        ("{ApplicationId: a, SemanticVersion: 1.0.0}", "Application Repository is not here"),
    ],
)
def test_a_nested_stack_that_cannot_be_read(location: str, reason: str, tmp_path: Path) -> None:
    (tmp_path / "broken.yaml").write_text("a: [")

    found = read(write_template(tmp_path, sam(WORDS + NESTED % location)))

    assert [name for name, why in gaps(found) if reason in why] == ["Child"]
    assert [one.logical_id for one in found.functions] == ["Words"]


def test_an_error_that_names_no_resource(tmp_path: Path) -> None:
    bad = "\n  Bad:\n    Type: AWS::Serverless::Function\n    Condition: {a: b}"

    found = read(write_template(tmp_path, sam(WORDS + bad)))

    assert [name for name, _ in gaps(found)] == ["Bad"]
    assert [one.logical_id for one in found.functions] == ["Words"]


def break_translation(monkeypatch: pytest.MonkeyPatch, logical_id: str) -> None:
    """AWS's translator raises an error of Python's if a template has `logical_id`."""
    translate = Translator.translate

    def fail(self: Any, template: dict[str, Any], *arguments: Any, **options: Any) -> Any:
        if logical_id in template["Resources"]:
            raise TypeError("int is not subscriptable")
        return translate(self, template, *arguments, **options)

    monkeypatch.setattr(Translator, "translate", fail)


def test_what_the_translation_has_not_expected(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    break_translation(monkeypatch, "Bad")

    found = read(write_template(tmp_path, sam(WORDS + FUNCTION % "Handler: a")))

    assert gaps(found) == [("Bad", "TypeError: int is not subscriptable")]
    assert [one.logical_id for one in found.functions] == ["Words"]


def test_a_translation_that_fails_whatever_is_left_out(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    break_translation(monkeypatch, "Table")
    table = "\n  Table: {Type: AWS::DynamoDB::Table}"

    with pytest.raises(AssemblyError, match="SAM cannot translate it: TypeError: int is not"):
        read(write_template(tmp_path, sam(WORDS + table)))


BODY = """
  Bad:
    Type: AWS::Serverless::Api
    Properties:
      StageName: prod
      DefinitionBody: {openapi: "3.0", paths: {/a: {get: {security: %s}}}}
"""


@pytest.mark.parametrize(
    ("security", "reason"),
    [
        ("{Mine: []}", "security is {'Mine': []}, expected a list of objects"),
        ("!If [Nope, 1, 2]", "Unresolved condition dependency Nope"),
        ("!If [Odd, 1, 2]", "True is not a condition of the template"),
    ],
)
def test_an_open_api_document_that_is_wrong(security: str, reason: str, tmp_path: Path) -> None:
    text = sam(WORDS + BODY % security, "Conditions: {Odd: true}")

    found = read(write_template(tmp_path, text))

    assert [name for name, why in gaps(found) if reason in why][:1] == ["Bad"], gaps(found)
    assert [one.logical_id for one in found.functions] == ["Words"]
    assert [one.logical_id for one in found.rest_apis if one.routes] == ["ServerlessRestApi"]


def test_what_nobody_has_thought_of(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object) -> None:
        raise KeyError("key")

    monkeypatch.setattr(read_template, "check_template", fail)

    with pytest.raises(AssemblyError, match=r"template\.yaml is not as expected: KeyError: 'key'"):
        read(write_template(tmp_path, sam(WORDS)))


def test_globals_that_are_wrong(tmp_path: Path) -> None:
    text = sam(WORDS).replace("  Function:", "  Nope: {}\n  Function:")

    with pytest.raises(AssemblyError, match="'Globals' section is invalid") as raised:
        read(write_template(tmp_path, text))
    assert str(tmp_path / "template.yaml") in str(raised.value)


def test_a_file_of_the_serverless_framework(tmp_path: Path) -> None:
    path = write_template(tmp_path, "service: shop\nprovider: {name: aws}", "serverless.yml")

    with pytest.raises(AssemblyError, match="run `npx serverless package` and pass the folder"):
        read(path)


@pytest.mark.parametrize("text", ["a: b", "Resources: {}", "Resources: x", "Transform: x"])
def test_a_template_without_resources(text: str, tmp_path: Path) -> None:
    with pytest.raises(AssemblyError, match="At least one Resources member must be defined"):
        read(write_template(tmp_path, text))


def test_without_aws_translation(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "samtranslator.model.exceptions", None)

    with pytest.raises(AssemblyError, match="not installed: pip install 'streambda\\[sam\\]'"):
        read(write_template(tmp_path, sam(WORDS)))
    plain = "Resources: {A: {Type: AWS::Lambda::Function, Properties: {Code: src}}}"
    assert len(read(write_template(tmp_path, plain)).functions) == 1
