"""What the board must hear of an application, and what it offers on an application's page."""

from dataclasses import dataclass

from kip.hooks import Hook

# receiver(application=Application, by=User|None, at=datetime): the board closes its matter.
on_application_withdrawn: Hook[None] = Hook("An application was withdrawn.")

# receiver(application=Application, by=User, at=datetime): the board tells its members.
on_document_added: Hook[None] = Hook("A document was added to an application on its way.")


# receiver(application=Application, names=[field name], by=User, at=datetime): likewise.
on_facts_corrected: Hook[None] = Hook("The facts of an application on its way were corrected.")


@dataclass(frozen=True)
class NextAct:
    """An act that another app offers on an application's page."""

    text: str
    url: str


# receiver(application=Application, user=User, at=datetime) -> list[NextAct]
acts_on_application: Hook[list[NextAct]] = Hook("What else the secretary can do with it.")
