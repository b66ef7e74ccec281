"""The link from an estimator's HTML representation to its page of documentation."""

import os

# Where the documentation is: an address, or a path relative to where it is shown.
VARIABLE = "SKSHALLOW_DOCS_URL"


class DocumentationLink:
    """Gives scikit-learn's HTML representation a link, if VARIABLE is set."""

    _doc_link_module = "skshallow"

    @property
    def _doc_link_template(self) -> str:
        """The address of a class's page; empty, and no link, if it is not known."""
        base = os.environ.get(VARIABLE)
        if not base:
            return ""
        # Braces in the base are not fields of the template.
        base = base.rstrip("/").replace("{", "{{").replace("}", "}}")
        return base + "/api/skshallow.{estimator_name}.html"
