"""The identifiers that UK courts, departments and services give people, in the docs' order."""

from __future__ import annotations

TITLES = """
    National Insurance number
    UTR (self assessment, corporation tax)
    VAT number
    Employer PAYE reference
    PAYE Accounts Office reference
    EORI
    Benefit appeal: IBCA reference
    DWP claim, child maintenance, UC journal numbers
    Council Tax account
    NHS number (England, Wales, Isle of Man)
    CHI number (Scotland) and H&C number (NI)
    UK passport
    Driving licence, GB
    Driving licence, NI
    Vehicle registration, current
    Vehicle registration, prefix
    Vehicle registration, suffix
    Vehicle registration, dateless and NI
    V5C document reference
    Postcode
    Sort code
    Bank account number
    IBAN, UK
    Payment card
    HMCTS payment reference
    HMCTS online case id (CCD)
    County Court claim, current (CaseMan, CCMCC, MCOL, PCOL)
    County Court claim, older
    Online money and damages claims (OCMC, Civil)
    Enforcement: warrant
    Attachment of earnings; consolidated order
    Help with Fees
    High Court, Court of Appeal, RCJ numbers
    Neutral citations – leave alone
    FamilyMan case number
    Divorce, dissolution, financial remedy
    Adoption
    Probate
    Employment Tribunal
    ACAS certificate
    Employment Appeal Tribunal
    SSCS (GAPS2)
    Immigration and asylum, First-tier
    Immigration bail
    Asylum support
    Upper Tribunal
    First-tier Property
    First-tier Tax; General Regulatory
    Mental health, SEND, Care Standards, war pensions
    Criminal injuries (CICA)
    Police/CPS URN (PTI-URN)
    Crown Court case
    Magistrates' (Libra) case number
    Court Case Reference on PNC
    Arrest/Summons Number
    PNC id
    CRO number
    Court fine account; division
    Fixed penalty, notice to owner
    Offence codes – leave alone
    Juror number; pool number
    Police crime or incident reference
    Prison number (NOMS, NOMIS)
    Older prison number, book number
    Probation CRN (Delius)
    MAPPA, ViSOR, PPUD, OASys, youth justice ids
    Apply reference
    Crime forms reference (CRM4, CRM7)
    MAAT id
    USN (unique submission number)
    CCMS case reference
    UFN (unique file number)
    Provider account and supplier numbers
    LPA or deputyship reference
    LPA codes and online draft
    Court of Protection case number
    Company number
    MoJ FOI, SAR and complaint case
    UAN
    GWF reference
    Home Office reference (CID) and port reference
    ARC (asylum registration card)
    BRP or residence card
    eVisa share code
    Return-of-documents record
    Cerberus, UKVI customer, NASS, CAS, CoS numbers
    Phone: mobile
    Phone: landline and 03
    Ofcom drama ranges – for tests and examples
    Email
    IPv4, IPv6
"""
