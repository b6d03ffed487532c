"""Particulars that some law asks for and no letter words of its own: each is a field with a label, filled from the fact `x-<tag>`.

A tag of a rule's `contents` that stands here is asked for in the base letters, so that no rule's notice leaves out in silence what
its law wants said. Letters written for one law word them themselves.
"""

from __future__ import annotations

from collections.abc import Mapping

# tag: English, Arabic, German, Spanish, Portuguese
_ROWS: tuple[tuple[str, str, str, str, str, str], ...] = (
    ("organisation-type", "Kind of organization", "نوع الجهة", "Art der Organisation", "Tipo de organización", "Tipo de organização"),
    ("parent-company", "Parent company", "الشركة الأم", "Muttergesellschaft", "Sociedad matriz", "Empresa-mãe"),
    ("person-responsible", "Person responsible", "الشخص المسؤول", "Verantwortliche Person", "Persona responsable", "Pessoa responsável"),
    ("representative-contact", "Representative", "الممثل", "Vertreter", "Representante", "Representante"),
    ("toll-free-number", "Toll-free number", "رقم الاتصال المجاني", "Gebührenfreie Nummer", "Teléfono gratuito", "Número gratuito"),
    ("cause", "Cause", "السبب", "Ursache", "Causa", "Causa"),
    ("breach-type", "Kind of breach", "نوع الخرق", "Art der Verletzung", "Tipo de violación", "Tipo de violação"),
    ("duration", "How long it lasted", "المدة", "Dauer", "Duración", "Duração"),
    ("place-of-breach", "Where it happened", "مكان الحادثة", "Ort", "Lugar", "Local"),
    ("how-discovered", "How it was discovered", "كيفية الاكتشاف", "Wie es entdeckt wurde", "Cómo se descubrió", "Como foi descoberta"),
    ("investigation-results", "What the investigation found", "نتائج التحقيق", "Was die Untersuchung ergab",
     "Resultado de la investigación", "Resultado da investigação"),
    ("date-of-notice", "Date of the notice", "تاريخ الإشعار", "Datum der Mitteilung", "Fecha de la comunicación", "Data da comunicação"),
    ("timeline-of-events", "Course of events", "تسلسل الأحداث", "Ablauf", "Cronología", "Cronologia"),
    ("number-of-records", "Number of records", "عدد السجلات", "Zahl der Datensätze", "Número de registros", "Número de registos"),
    ("number-of-notices", "Number of notices", "عدد الإشعارات", "Zahl der Mitteilungen", "Número de comunicaciones", "Número de comunicações"),
    ("number-already-notified", "People already told", "عدد من أُشعروا", "Bereits benachrichtigt", "Personas ya informadas",
     "Pessoas já informadas"),
    ("affected-people-list", "The people affected", "الأشخاص المتأثرون", "Die betroffenen Personen", "Las personas afectadas",
     "As pessoas afetadas"),
    ("risk-assessment", "Assessment of the risk", "تقييم المخاطر", "Bewertung des Risikos", "Evaluación del riesgo", "Avaliação do risco"),
    ("severity", "Severity", "درجة الخطورة", "Schwere", "Gravedad", "Gravidade"),
    ("service-impact", "Effect on the service", "الأثر على الخدمة", "Auswirkung auf den Dienst", "Efecto en el servicio",
     "Efeito no serviço"),
    ("financial-impact", "Financial effect", "الأثر المالي", "Finanzielle Auswirkung", "Efecto económico", "Efeito financeiro"),
    ("cross-border-impact", "Effect across borders", "الأثر عبر الحدود", "Grenzüberschreitende Auswirkung", "Efecto transfronterizo",
     "Efeito transfronteiriço"),
    ("systems-affected", "Systems affected", "الأنظمة المتأثرة", "Betroffene Systeme", "Sistemas afectados", "Sistemas afetados"),
    ("suspected-malicious", "Whether malice is suspected", "الاشتباه في فعل متعمد", "Verdacht auf böswilliges Handeln",
     "Sospecha de acto malicioso", "Suspeita de ato malicioso"),
    ("indicators-of-compromise", "Indicators of compromise", "مؤشرات الاختراق", "Kompromittierungsindikatoren",
     "Indicadores de compromiso", "Indicadores de comprometimento"),
    ("vulnerability", "Vulnerability used", "الثغرة المستغلة", "Ausgenutzte Schwachstelle", "Vulnerabilidad utilizada",
     "Vulnerabilidade explorada"),
    ("ransom", "Ransom", "الفدية", "Lösegeld", "Rescate", "Resgate"),
    ("impact-assessment", "Impact assessment", "تقييم الأثر", "Folgenabschätzung", "Evaluación de impacto", "Avaliação de impacto"),
    ("data-transfers", "Transfers of the data", "نقل البيانات", "Übermittlungen der Daten", "Transferencias de los datos",
     "Transferências dos dados"),
    ("reason-not-notified", "Why people were not told", "سبب عدم الإشعار", "Warum Personen nicht benachrichtigt wurden",
     "Por qué no se informó a las personas", "Por que as pessoas não foram informadas"),
    ("other-authorities", "Other authorities told", "جهات أخرى أُبلغت", "Weitere benachrichtigte Behörden", "Otras autoridades informadas",
     "Outras autoridades informadas"),
    ("law-enforcement-engaged", "Law enforcement", "جهات إنفاذ القانون", "Strafverfolgung", "Fuerzas de seguridad", "Autoridades policiais"),
    ("written-security-program", "Written security program", "برنامج أمن مكتوب", "Schriftliches Sicherheitsprogramm",
     "Programa de seguridad escrito", "Programa de segurança escrito"),
    ("missing-information", "What is not known yet", "ما لم يُعرف بعد", "Noch nicht bekannt", "Lo que aún no se sabe", "O que ainda não se sabe"),
    ("complaint-right", "Where to complain", "جهة تقديم الشكوى", "Wo Sie sich beschweren können", "Dónde reclamar", "Onde reclamar"),
    ("identity-theft-resources", "Help against identity theft", "المساعدة في مواجهة انتحال الهوية", "Hilfe gegen Identitätsdiebstahl",
     "Ayuda contra la suplantación de identidad", "Ajuda contra o roubo de identidade"),
)  # fmt: skip

LABELS: Mapping[str, Mapping[str, str]] = {
    tag: dict(zip(("en", "ar", "de", "es", "pt"), labels, strict=True)) for tag, *labels in _ROWS
}
"""Tag of `contents` -> language -> label, in the order in which a letter gives them."""

WORDED = frozenset({
    "cause", "breach-type", "date-of-notice", "investigation-results", "law-enforcement-engaged", "number-of-notices", "number-of-records",
    "timeline-of-events",
})  # fmt: skip
"""Tags that most letters word themselves: a letter that does not, names them to `text.further`."""


def label(tag: str, language: str) -> str:
    """The label of a tag in a language, or in English."""
    return LABELS[tag].get(language, LABELS[tag]["en"])
